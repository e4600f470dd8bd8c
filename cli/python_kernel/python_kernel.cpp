// SPDX-License-Identifier: Apache-2.0
// The plug-in through which kernels in Python are called: embeds the interpreter and passes every
// call to glue.py, which loads the script that CONVICT_PYTHON_SCRIPT names.
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <dlfcn.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

#include "core/plugin.h"
#include "glue.hpp"

namespace {

using convict::python_kernel::glue_text;

/// Owned reference; a null one throws Python's error message.
class Object {
 public:
  explicit Object(PyObject* object) : object_(object) {
    if (object == nullptr) throw std::runtime_error(message_of_error());
  }
  ~Object() { Py_XDECREF(object_); }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  PyObject* get() const { return object_; }

  std::string text() const {
    const char* const bytes = PyUnicode_AsUTF8(object_);
    if (bytes == nullptr) throw std::runtime_error(message_of_error());
    return bytes;
  }

 private:
  static std::string message_of_error() {
    PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
    PyErr_Fetch(&type, &value, &trace);
    PyObject* const described = value != nullptr ? PyObject_Str(value) : nullptr;
    const char* const bytes = described != nullptr ? PyUnicode_AsUTF8(described) : nullptr;
    return bytes != nullptr ? bytes : "an error in Python without a message";
  }

  PyObject* object_;
};

/// Makes the interpreter's symbols global: NumPy's modules need them and do not link to it.
void show_interpreter_to_modules() {
  Dl_info library{};
  if (dladdr(reinterpret_cast<void*>(&Py_IsInitialized), &library) != 0)
    dlopen(library.dli_fname, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
}

void check(const PyStatus& status) {
  if (PyStatus_Exception(status) != 0)
    throw std::runtime_error(std::string("Python does not start: ") +
                             (status.err_msg != nullptr ? status.err_msg : "no reason given"));
}

/// Starts the interpreter as the system's, or that of an active virtual environment, would start.
void start_interpreter() {
  const char* const environment = std::getenv("VIRTUAL_ENV");
  const std::string program = environment != nullptr ? std::string(environment) + "/bin/python3"
                                                     : std::string(CONVICT_PYTHON_PROGRAM);
  PyConfig config;
  PyConfig_InitPythonConfig(&config);
  config.install_signal_handlers = 0;
  config.parse_argv = 0;
  config.write_bytecode = 0;
  check(PyConfig_SetBytesString(&config, &config.program_name, program.c_str()));
  check(Py_InitializeFromConfig(&config));
  PyConfig_Clear(&config);
}

PyObject* load_glue() {
  const Object code(Py_CompileString(glue_text, "glue.py", Py_file_input));
  return Object(PyImport_ExecCodeModule("convict_glue", code.get())).get();
}

/// The module of glue.py with the script loaded, made by the first call.
PyObject* glue() {
  static PyObject* const module = [] {
    show_interpreter_to_modules();
    start_interpreter();
    PyObject* const loaded = load_glue();
    const char* const script = std::getenv("CONVICT_PYTHON_SCRIPT");
    if (script == nullptr) throw std::runtime_error("CONVICT_PYTHON_SCRIPT names no script");
    const Object answer(PyObject_CallMethod(loaded, "load", "s", script));
    if (!answer.text().empty()) throw std::runtime_error(answer.text());
    return loaded;
  }();
  return module;
}

unsigned long long address(const void* pointer) {
  return static_cast<unsigned long long>(reinterpret_cast<std::uintptr_t>(pointer));
}

std::int32_t number(const char* name) {
  const Object value(PyObject_GetAttrString(glue(), name));
  return static_cast<std::int32_t>(PyLong_AsLong(value.get()));
}

/// A claim of the script as glue.py reads it; 0 when it makes none.
std::int64_t claim(const char* name) {
  const Object claims(PyObject_GetAttrString(glue(), "claims"));
  const Object value(PyMapping_GetItemString(claims.get(), name));
  const long long number = PyLong_AsLongLong(value.get());
  if (number == -1 && PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    throw std::runtime_error(std::string(name) + " is too large for 64 bits");
  }
  return number;
}
std::int32_t small_claim(const char* name) {
  const std::int64_t number = claim(name);
  if (number != static_cast<std::int32_t>(number))
    throw std::runtime_error(std::string(name) + " is " + std::to_string(number) +
                             "; it must fit 32 bits");
  return static_cast<std::int32_t>(number);
}

const char* refuses(const convict_problem* problem) {
  static std::string reason;
  reason = Object(PyObject_CallMethod(glue(), "refuses", "K", address(problem))).text();
  return reason.empty() ? nullptr : reason.c_str();
}

int run(const convict_problem* problem, const convict_buffers* buffers) {
  const Object answer(PyObject_CallMethod(glue(), "run", "KK", address(problem), address(buffers)));
  const std::string failure = answer.text();
  if (failure.empty()) return 0;
  const std::size_t length = std::min(failure.size(), buffers->message_bytes - 1);
  std::memcpy(buffers->message, failure.data(), length);
  buffers->message[length] = '\0';
  return 1;
}

convict_kernel made_kernel() {
  convict_kernel kernel{};
  kernel.size = sizeof kernel;
  kernel.name = "convolve";
  kernel.passes = number("passes");
  kernel.precisions = number("precisions");
  kernel.any_strides = small_claim("any_strides");
  kernel.arithmetic = small_claim("arithmetic");
  kernel.winograd_tile = small_claim("winograd_tile");
  kernel.winograd_taps = small_claim("winograd_taps");
  kernel.accumulator = small_claim("accumulator");
  kernel.input_rounding = small_claim("input_rounding");
  kernel.accumulation_depth = claim("accumulation_depth");
  kernel.truncating_adds = small_claim("truncating_adds");
  kernel.truncation_block = claim("truncation_block");
  kernel.flush_to_zero = small_claim("flush_to_zero");
  kernel.denormals_are_zero = small_claim("denormals_are_zero");
  kernel.required_alignment = claim("required_alignment");
  kernel.over_read = claim("over_read");
  // The order of NumPy's sums, and the sign of its NaNs, may depend on where memory lies.
  kernel.nondeterministic = number("deterministic") == 0 ? 1 : 0;
  kernel.refuses = refuses;
  kernel.run = run;
  return kernel;
}

}  // namespace

extern "C" const convict_plugin* convict_plugin_v1() {
  static const convict_kernel kernel = made_kernel();
  static const convict_kernel* const kernels[] = {&kernel};
  static const convict_plugin plugin = {sizeof plugin, CONVICT_PLUGIN_ABI, 1, kernels};
  return &plugin;
}
