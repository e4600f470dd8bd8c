// SPDX-License-Identifier: Apache-2.0
// CudaDevice without a device, on a fake runtime.
#include "gpu/device/device.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>
#include <set>

#include "core/errors.hpp"
#include "gpu/device/cuda_device.hpp"
#include "gpu/runtime/library.hpp"

namespace convict::gpu {

BOOST_AUTO_TEST_SUITE(device_test)

namespace {

/// The calls and the state of the fake runtime; its functions have no object of their own.
struct Log {
  std::set<void*> alive;
  std::vector<cudaStream_t> streams;
  cudaError_t sticky = cudaSuccess;
};
Log the_log;

template <class Handle>
cudaError_t create(Handle* handle) {
  void* const made = std::malloc(1);
  the_log.alive.insert(made);
  *handle = static_cast<Handle>(made);
  return cudaSuccess;
}
template <class Handle>
cudaError_t destroy(Handle handle) {
  BOOST_TEST(the_log.alive.erase(handle) == 1U);
  std::free(handle);
  return cudaSuccess;
}

/// A device whose memory is the host's and whose events are a millisecond and a half apart.
Runtime working_runtime() {
  the_log = {};
  Runtime runtime;
  runtime.get_device_count = [](int* count) { return *count = 1, cudaSuccess; };
  runtime.allocate = [](void** memory, std::size_t bytes) {
    *memory = std::malloc(bytes);
    the_log.alive.insert(*memory);
    return cudaSuccess;
  };
  runtime.release = destroy<void*>;
  runtime.copy = [](void* to, const void* from, std::size_t bytes, cudaMemcpyKind,
                    cudaStream_t stream) {
    the_log.streams.push_back(stream);
    std::memcpy(to, from, bytes);
    return cudaSuccess;
  };
  runtime.fill = [](void* memory, int value, std::size_t bytes, cudaStream_t stream) {
    the_log.streams.push_back(stream);
    std::memset(memory, value, bytes);
    return cudaSuccess;
  };
  runtime.create_stream = [](cudaStream_t* stream, unsigned flags) {
    BOOST_TEST(flags == unsigned{cudaStreamNonBlocking});
    return create(stream);
  };
  runtime.destroy_stream = destroy<cudaStream_t>;
  runtime.synchronize = [](cudaStream_t) { return the_log.sticky; };
  runtime.last_error = [] { return the_log.sticky; };
  runtime.create_event = [](cudaEvent_t* event) { return create(event); };
  runtime.destroy_event = destroy<cudaEvent_t>;
  runtime.record = [](cudaEvent_t, cudaStream_t stream) {
    the_log.streams.push_back(stream);
    return cudaSuccess;
  };
  runtime.wait = [](cudaEvent_t) { return cudaSuccess; };
  runtime.elapsed = [](float* ms, cudaEvent_t, cudaEvent_t) { return *ms = 1.5F, cudaSuccess; };
  runtime.begin_capture = [](cudaStream_t, cudaStreamCaptureMode) { return cudaSuccess; };
  runtime.end_capture = [](cudaStream_t, cudaGraph_t* graph) { return create(graph); };
  runtime.destroy_graph = destroy<cudaGraph_t>;
  runtime.instantiate = [](cudaGraphExec_t* instance, cudaGraph_t, unsigned long long) {
    return create(instance);
  };
  runtime.destroy_instance = destroy<cudaGraphExec_t>;
  runtime.launch = [](cudaGraphExec_t, cudaStream_t stream) {
    the_log.streams.push_back(stream);
    return cudaSuccess;
  };
  runtime.attribute = [](int* value, cudaDeviceAttr which, int) {
    *value = which == cudaDevAttrClockRate              ? 1'000'000  // kHz
             : which == cudaDevAttrMemoryClockRate      ? 2'000'000  // kHz
             : which == cudaDevAttrGlobalMemoryBusWidth ? 4096       // bits
                                                        : 100;
    return cudaSuccess;
  };
  return runtime;
}

/// One way in which the runtime fails, and the call the message must name.
struct Fault {
  const char* call;
  void (*plant)(Runtime&);
  void (*meet)(CudaDevice&);
};
std::ostream& operator<<(std::ostream& out, const Fault& fault) { return out << fault.call; }

template <class... Arguments>
cudaError_t fails(Arguments...) {
  return cudaErrorIllegalAddress;
}

std::byte somewhere[64];

void project_one_product(CudaDevice& device) {
  const ConvSpec spec;
  const Problem problem{.spec = spec, .shapes = shapes_of(spec)};
  const std::uint64_t odd = 3;
  device.project({.problem = problem,
                  .input = somewhere,
                  .filters = somewhere,
                  .output = somewhere,
                  .image_weights = {&odd, 1},
                  .in_weights = {&odd, 1},
                  .out_weights = {&odd, 1},
                  .limit = 9});
}

const Fault faults[] = {
    {"cudaStreamCreateWithFlags", [](Runtime& r) { r.create_stream = fails; }, nullptr},
    {"cudaEventCreate", [](Runtime& r) { r.create_event = fails; }, nullptr},
    {"cudaMalloc", [](Runtime& r) { r.allocate = fails; }, [](CudaDevice& d) { d.allocate(8); }},
    {"cudaMemcpyAsync", [](Runtime& r) { r.copy = fails; },
     [](CudaDevice& d) { d.upload(somewhere, somewhere + 32, 8); }},
    {"cudaMemcpyAsync", [](Runtime& r) { r.copy = fails; },
     [](CudaDevice& d) { d.download(somewhere, somewhere + 32, 8); }},
    {"cudaMemsetAsync", [](Runtime& r) { r.fill = fails; },
     [](CudaDevice& d) { d.fill(somewhere, 0, 8); }},
    {"cudaMalloc", [](Runtime& r) { r.allocate = fails; },
     [](CudaDevice& d) { d.equal(somewhere, somewhere + 32, 8); }},
    {"cudaMemsetAsync", [](Runtime& r) { r.fill = fails; },
     [](CudaDevice& d) { d.equal(somewhere, somewhere + 32, 8); }},
    {"cudaMalloc", [](Runtime& r) { r.allocate = fails; }, project_one_product},
    {"cudaMemsetAsync", [](Runtime& r) { r.fill = fails; }, project_one_product},
    {"cudaMemcpyAsync", [](Runtime& r) { r.copy = fails; }, project_one_product},
    {"cudaStreamSynchronize", [](Runtime& r) { r.synchronize = fails; },
     [](CudaDevice& d) { d.synchronize(); }},
    {"after the kernel", [](Runtime& r) { r.last_error = fails; },
     [](CudaDevice& d) { d.synchronize(); }},
    {"cudaEventRecord", [](Runtime& r) { r.record = fails; },
     [](CudaDevice& d) { d.time_ms([] {}); }},
    {"cudaEventSynchronize", [](Runtime& r) { r.wait = fails; },
     [](CudaDevice& d) { d.time_ms([] {}); }},
    {"cudaEventElapsedTime", [](Runtime& r) { r.elapsed = fails; },
     [](CudaDevice& d) { d.time_ms([] {}); }},
    {"cudaStreamBeginCapture", [](Runtime& r) { r.begin_capture = fails; },
     [](CudaDevice& d) { d.record([] {}); }},
    {"cudaStreamEndCapture", [](Runtime& r) { r.end_capture = fails; },
     [](CudaDevice& d) { d.record([] {}); }},
    {"cudaGraphInstantiate", [](Runtime& r) { r.instantiate = fails; },
     [](CudaDevice& d) { d.record([] {}); }},
    {"cudaGraphLaunch", [](Runtime& r) { r.launch = fails; },
     [](CudaDevice& d) { d.record([] {}); }},
    {"cudaDeviceGetAttribute", [](Runtime& r) { r.attribute = fails; },
     [](CudaDevice& d) { d.ceiling(Precision::f32); }},
};

}  // namespace

BOOST_DATA_TEST_CASE(the_error_for_a_failing_call_names_it_and_nothing_leaks,
                     boost::unit_test::data::make(faults), fault) {
  Runtime runtime = working_runtime();
  fault.plant(runtime);
  const auto names_the_call = [&](const EnvironmentError& error) {
    return std::string_view(error.what()).starts_with(fault.call) &&
           std::string_view(error.what()).find("cudaErrorIllegalAddress") != std::string::npos;
  };

  BOOST_CHECK_EXCEPTION(
      {
        CudaDevice device(runtime);
        fault.meet(device);
      },
      EnvironmentError, names_the_call);

  BOOST_TEST(the_log.alive.empty());
}

BOOST_AUTO_TEST_CASE(no_driver_is_a_reason_in_the_runtimes_words) {
  Runtime runtime = working_runtime();
  runtime.get_device_count = [](int*) { return cudaErrorNoDevice; };

  const auto why = why_no_device(runtime);

  BOOST_TEST_REQUIRE(why.has_value());
  BOOST_TEST(why->starts_with("no CUDA device: cudaGetDeviceCount: cudaErrorNoDevice"));
  BOOST_CHECK_THROW(CudaDevice device(runtime), EnvironmentError);
}

BOOST_AUTO_TEST_CASE(a_driver_without_devices_is_a_reason) {
  Runtime runtime = working_runtime();
  runtime.get_device_count = [](int* count) { return *count = 0, cudaSuccess; };

  BOOST_TEST(why_no_device(runtime).value() == "no CUDA device: the driver knows none");
}

BOOST_AUTO_TEST_CASE(out_of_memory_is_not_a_broken_device) {
  Runtime runtime = working_runtime();
  runtime.allocate = [](void**, std::size_t) { return cudaErrorMemoryAllocation; };
  CudaDevice device(runtime);

  BOOST_CHECK_THROW(device.allocate(std::size_t{1} << 50), std::bad_alloc);
}

BOOST_AUTO_TEST_CASE(without_memory_for_its_sums_a_device_does_not_judge) {
  Runtime runtime = working_runtime();
  runtime.allocate = [](void**, std::size_t) { return cudaErrorMemoryAllocation; };
  CudaDevice device(runtime);

  BOOST_CHECK_NO_THROW(project_one_product(device));
  BOOST_TEST(the_log.streams.empty());
}

BOOST_AUTO_TEST_CASE(copies_and_fills_arrive_on_the_devices_own_stream) {
  CudaDevice device(working_runtime());
  std::byte* const memory = device.allocate(4);
  const std::byte sent[4] = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  std::byte received[4] = {};

  device.upload(memory, sent, 4);
  device.download(received, memory, 4);
  device.fill(memory, 7, 4);

  BOOST_TEST(std::memcmp(sent, received, 4) == 0);
  BOOST_TEST(static_cast<int>(memory[3]) == 7);
  BOOST_TEST(the_log.streams.size() == 3U);
  for (const cudaStream_t stream : the_log.streams) BOOST_TEST(stream == device.stream());
  device.release(memory);
}

BOOST_AUTO_TEST_CASE(time_is_what_the_events_say) {
  CudaDevice device(working_runtime());
  bool enqueued = false;

  const double ms = device.time_ms([&] { enqueued = true; });

  BOOST_TEST(enqueued);
  BOOST_TEST(ms == 1.5);
}

BOOST_AUTO_TEST_CASE(a_recording_that_fails_half_way_ends_the_capture_and_leaks_nothing) {
  {
    CudaDevice device(working_runtime());

    BOOST_CHECK_THROW(device.record([] { throw KernelError("no"); }), KernelError);
    BOOST_TEST(device.record([] {}));
  }
  BOOST_TEST(the_log.alive.empty());
}

BOOST_AUTO_TEST_CASE(an_error_that_stays_with_the_context_shows_at_the_next_synchronisation) {
  CudaDevice device(working_runtime());
  the_log.sticky = cudaErrorIllegalAddress;

  BOOST_CHECK_THROW(device.synchronize(), EnvironmentError);
  the_log.sticky = cudaSuccess;
}

BOOST_AUTO_TEST_CASE(the_ceiling_follows_from_clock_multiprocessors_and_bus) {
  const CudaDevice device(working_runtime());

  BOOST_TEST(device.ceiling(Precision::f32).gflop_per_s == 25'600);  // 256 x 1 GHz x 100
  BOOST_TEST(device.ceiling(Precision::tf32).gflop_per_s == 204'800);
  BOOST_TEST(device.ceiling(Precision::f32).gbyte_per_s == 2048);  // 2 x 2 GHz x 512 bytes
}

namespace {

/// The state of a fake driver, whose addresses and handles are numbers. Live objects are counted.
struct DriverLog {
  int reserved = 0, created = 0, mapped = 0;
  CUdeviceptr range = 0, mapping = 0;
  std::size_t range_bytes = 0, mapping_bytes = 0;
};
DriverLog driver_log;

constexpr std::size_t piece = std::size_t{2} << 20;

Driver working_driver() {
  driver_log = {};
  Driver calls;
  calls.granularity = [](std::size_t* bytes, const CUmemAllocationProp*,
                         CUmemAllocationGranularity_flags) { return *bytes = piece, CUDA_SUCCESS; };
  calls.reserve = [](CUdeviceptr* range, std::size_t bytes, std::size_t, CUdeviceptr,
                     unsigned long long) {
    ++driver_log.reserved;
    driver_log.range = *range = 64 * piece;
    driver_log.range_bytes = bytes;
    return CUDA_SUCCESS;
  };
  calls.unreserve = [](CUdeviceptr, std::size_t) { return --driver_log.reserved, CUDA_SUCCESS; };
  calls.create = [](CUmemGenericAllocationHandle* handle, std::size_t, const CUmemAllocationProp*,
                    unsigned long long) {
    *handle = 7;
    return ++driver_log.created, CUDA_SUCCESS;
  };
  calls.release = [](CUmemGenericAllocationHandle handle) {
    BOOST_TEST(handle == 7U);
    return --driver_log.created, CUDA_SUCCESS;
  };
  calls.map = [](CUdeviceptr at, std::size_t bytes, std::size_t, CUmemGenericAllocationHandle,
                 unsigned long long) {
    driver_log.mapping = at;
    driver_log.mapping_bytes = bytes;
    return ++driver_log.mapped, CUDA_SUCCESS;
  };
  calls.unmap = [](CUdeviceptr, std::size_t) { return --driver_log.mapped, CUDA_SUCCESS; };
  calls.set_access = [](CUdeviceptr, std::size_t, const CUmemAccessDesc*, std::size_t) {
    return CUDA_SUCCESS;
  };
  return calls;
}

bool nothing_is_alive() {
  return driver_log.reserved == 0 && driver_log.created == 0 && driver_log.mapped == 0;
}

}  // namespace

BOOST_AUTO_TEST_CASE(walled_memory_lies_between_two_holes) {
  {
    WalledMemory memory(working_driver(), 0);

    const Walled walled = memory.allocate(piece + 1);

    BOOST_TEST(walled.bytes == 2 * piece);
    BOOST_TEST(reinterpret_cast<CUdeviceptr>(walled.begin) == driver_log.mapping);
    BOOST_TEST(driver_log.mapping_bytes == 2 * piece);
    BOOST_TEST(driver_log.mapping - driver_log.range == piece);
    BOOST_TEST(driver_log.range + driver_log.range_bytes -
                   (driver_log.mapping + driver_log.mapping_bytes) ==
               piece);
    memory.release(walled);
    BOOST_TEST(nothing_is_alive());
    memory.allocate(1);
  }
  BOOST_TEST(nothing_is_alive());
}

BOOST_AUTO_TEST_CASE(walled_memory_that_fails_half_way_leaves_nothing_behind) {
  const auto fails = [](void (*plant)(Driver&)) {
    Driver calls = working_driver();
    plant(calls);
    WalledMemory memory(calls, 0);
    BOOST_CHECK_THROW(memory.allocate(1), EnvironmentError);
    BOOST_TEST(nothing_is_alive());
  };
  fails([](Driver& calls) {
    calls.reserve = [](CUdeviceptr*, std::size_t, std::size_t, CUdeviceptr, unsigned long long) {
      return CUDA_ERROR_INVALID_VALUE;
    };
  });
  fails([](Driver& calls) {
    calls.create = [](CUmemGenericAllocationHandle*, std::size_t, const CUmemAllocationProp*,
                      unsigned long long) { return CUDA_ERROR_INVALID_VALUE; };
  });
  fails([](Driver& calls) {
    calls.map = [](CUdeviceptr, std::size_t, std::size_t, CUmemGenericAllocationHandle,
                   unsigned long long) { return CUDA_ERROR_INVALID_VALUE; };
  });
  fails([](Driver& calls) {
    calls.set_access = [](CUdeviceptr, std::size_t, const CUmemAccessDesc*, std::size_t) {
      return CUDA_ERROR_INVALID_VALUE;
    };
  });
}

BOOST_AUTO_TEST_CASE(walled_memory_beyond_the_device_is_no_memory) {
  Driver calls = working_driver();
  calls.create = [](CUmemGenericAllocationHandle*, std::size_t, const CUmemAllocationProp*,
                    unsigned long long) { return CUDA_ERROR_OUT_OF_MEMORY; };
  WalledMemory memory(calls, 0);

  BOOST_CHECK_THROW(memory.allocate(1), std::bad_alloc);
  BOOST_TEST(nothing_is_alive());
}

BOOST_AUTO_TEST_CASE(without_a_driver_there_is_no_walled_memory) {
  if (!why_no_device()) return;  // with a driver, the conformance suite tests it
  BOOST_TEST(!driver().has_value());
}

BOOST_AUTO_TEST_CASE(the_error_for_a_missing_library_names_it) {
  BOOST_CHECK_EXCEPTION(Library("libconvict_nowhere.so.9"), EnvironmentError,
                        [](const EnvironmentError& error) {
                          return std::string_view(error.what())
                              .starts_with("libconvict_nowhere.so.9 cannot be loaded: ");
                        });
}

BOOST_AUTO_TEST_CASE(the_error_for_a_missing_function_names_it) {
  const Library library("libm.so.6");
  double (*function)(double) = nullptr;

  library.bind(function, "sqrt");
  BOOST_TEST(function(9) == 3);

  BOOST_CHECK_EXCEPTION(library.bind(function, "no_such_root"), EnvironmentError,
                        [](const EnvironmentError& error) {
                          return std::string_view(error.what()) ==
                                 "libm.so.6 has no function no_such_root: it is too old";
                        });
}

/// Holds with a device and without one.
BOOST_AUTO_TEST_CASE(the_device_is_there_or_the_reason_is_given) {
  if (const auto why = why_no_device()) {
    BOOST_TEST_MESSAGE("not run on a device: " << *why);
    BOOST_CHECK_EXCEPTION(device(), EnvironmentError,
                          [&](const EnvironmentError& error) { return error.what() == *why; });
    return;
  }
  std::byte* const memory = device().allocate(16);
  device().fill(memory, 5, 16);
  std::byte back[16] = {};
  device().download(back, memory, 16);
  device().release(memory);
  BOOST_TEST(static_cast<int>(back[15]) == 5);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace convict::gpu
