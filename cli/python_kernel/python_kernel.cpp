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
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>

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

/// The value of a claim, a field of convict_kernel.
template <class Number>
Number claim(const char* name) {
  const Object claims(PyObject_GetAttrString(glue(), "claims"));
  const Object value(PyMapping_GetItemString(claims.get(), name));
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(value.get(), &overflow);
  if (overflow != 0 || number < std::numeric_limits<Number>::min() ||
      number > std::numeric_limits<Number>::max())
    throw std::runtime_error(std::string("claims has ") + name + " " +
                             Object(PyObject_Str(value.get())).text() +
                             "; it is far beyond what convict_kernel (plugin.h) can hold");
  return static_cast<Number>(number);
}

void read_claims(convict_kernel& kernel) {
  const auto read = [](const char* name, auto& field) {
    field = claim<std::remove_reference_t<decltype(field)>>(name);
  };
  read("arithmetic", kernel.arithmetic);
  read("winograd_tile", kernel.winograd_tile);
  read("winograd_taps", kernel.winograd_taps);
  read("transform_axes", kernel.transform_axes);
  read("transform_fallback", kernel.transform_fallback);
  read("accumulator", kernel.accumulator);
  read("input_rounding", kernel.input_rounding);
  read("accumulation_depth", kernel.accumulation_depth);
  read("truncating_adds", kernel.truncating_adds);
  read("truncation_block", kernel.truncation_block);
  read("flush_to_zero", kernel.flush_to_zero);
  read("denormals_are_zero", kernel.denormals_are_zero);
  read("nondeterministic", kernel.nondeterministic);
  read("bits_depend_on_threads", kernel.bits_depend_on_threads);
  read("required_alignment", kernel.required_alignment);
  read("over_read", kernel.over_read);
}

std::string text(const char* name) { return Object(PyObject_GetAttrString(glue(), name)).text(); }

const char* refuses(const convict_problem* problem) {
  static std::string reason;
  reason = Object(PyObject_CallMethod(glue(), "refuses", "K", address(problem))).text();
  return reason.empty() ? nullptr : reason.c_str();
}

int run(const convict_problem* problem, const convict_buffers* buffers) {
  const Object answer(PyObject_CallMethod(glue(), "run", "KK", address(problem), address(buffers)));
  const std::string failure = Object(PySequence_GetItem(answer.get(), 0)).text();
  const std::string refusal = Object(PySequence_GetItem(answer.get(), 1)).text();
  if (failure.empty() && refusal.empty()) return 0;
  const std::string& said = failure.empty() ? refusal : failure;
  const std::size_t length = std::min(said.size(), buffers->message_bytes - 1);
  std::memcpy(buffers->message, said.data(), length);
  buffers->message[length] = '\0';
  return failure.empty() ? CONVICT_REFUSED : 1;
}

convict_kernel made_kernel() {
  convict_kernel kernel{};
  kernel.size = sizeof kernel;
  kernel.name = "convolve";
  kernel.passes = number("passes");
  kernel.precisions = number("precisions");
  static const std::string layouts = text("layouts");
  kernel.any_strides = layouts.empty() ? 1 : 0;
  kernel.layouts = layouts.empty() ? nullptr : layouts.c_str();
  kernel.special_strides = number("special_strides");
  read_claims(kernel);
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
