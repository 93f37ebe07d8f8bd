# ELUTE_CUDA: where the CUDA backend comes from.
#   off       not built: backend_cuda_absent.c has its symbols and says so
#   nvcc      compiled for ELUTE_CUDA_ARCHITECTURES; the CUDA runtime is linked in, so that the program also runs where there
#             is no CUDA at all
#   emulated  the same sources compiled as C++ against tests/emulation, to be tested on a CPU
set(ELUTE_CUDA off CACHE STRING "CUDA backend: off, nvcc or emulated")
set_property(CACHE ELUTE_CUDA PROPERTY STRINGS off nvcc emulated)
if(NOT ELUTE_CUDA MATCHES "^(off|nvcc|emulated)$")
  message(FATAL_ERROR "ELUTE_CUDA is \"${ELUTE_CUDA}\"; expected off, nvcc or emulated")
endif()

# elute_cuda(TARGET): adds the backend to the library of kernels.
function(elute_cuda target)
  if(ELUTE_CUDA STREQUAL "off")
    target_sources(${target} PRIVATE kernels/backend_cuda_absent.c)
    return()
  endif()
  file(GLOB cuda_sources CONFIGURE_DEPENDS kernels/*.cu)
  target_sources(${target} PRIVATE ${cuda_sources})
  if(ELUTE_CUDA STREQUAL "nvcc")
    # --Werror all-warnings: nvcc's own; the rest goes to the compiler behind it.
    # C++20 by its flag: CMake 3.25 does not know that nvcc has it.
    target_compile_options(${target} PRIVATE
      $<$<COMPILE_LANGUAGE:CUDA>:-std=c++20>
      "$<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra$<$<BOOL:${ELUTE_WERROR}>:,-Werror>>"
      "$<$<AND:$<COMPILE_LANGUAGE:CUDA>,$<BOOL:${ELUTE_WERROR}>>:SHELL:--Werror all-warnings>"
      "$<$<AND:$<COMPILE_LANGUAGE:CUDA>,$<BOOL:${ELUTE_EXACT}>>:-fmad=false>")
    target_link_libraries(${target} PUBLIC CUDA::cudart_static)
    set_target_properties(${target} PROPERTIES CUDA_RUNTIME_LIBRARY Static)
    return()
  endif()
  set_source_files_properties(${cuda_sources} PROPERTIES LANGUAGE CXX COMPILE_OPTIONS
    "-xc++;-isystem;${PROJECT_SOURCE_DIR}/tests/emulation;-Wno-unknown-pragmas")
  target_sources(${target} PRIVATE tests/emulation/device.cpp tests/emulation/threads.cpp)
  set_target_properties(${target} PROPERTIES CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON)
endfunction()

if(ELUTE_CUDA STREQUAL "nvcc")
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES "80-real;90" CACHE STRING "Compute capabilities; without -real: also PTX for later ones")
  endif()
  enable_language(CXX CUDA)
  find_package(CUDAToolkit 12 REQUIRED)
elseif(ELUTE_CUDA STREQUAL "emulated")
  enable_language(CXX)
endif()
message(STATUS "CUDA backend: ${ELUTE_CUDA}")
