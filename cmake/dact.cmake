# Helpers that every folder uses: dact_find, dact_library, dact_simd_sources, add_op, the configure summary.

# dact_find(fmt REQUIRED): find_package for a library folder; the installed package file finds it again.
# dact_optional(PNG) is the same for a part that may be missing; with DACT_MINIMAL nothing optional is looked for. Sets
# <package>_FOUND.
macro(dact_find package)
  find_package(${package} ${ARGN})
  if(${package}_FOUND)
    set_property(GLOBAL APPEND PROPERTY DACT_DEPENDENCIES ${package})
  endif()
endmacro()

macro(dact_optional package)
  set(${package}_FOUND FALSE)
  if(NOT DACT_MINIMAL)
    dact_find(${package} QUIET ${ARGN})
  endif()
endmacro()

# The compiler cache makes a second clean build quick; it changes no output. Folders of the build are seen from where
# the compiler runs, so that builds of the same flags (ci and minimal) share what they compiled.
function(dact_use_ccache)
  find_program(DACT_CCACHE ccache)
  if(DACT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
      ${DACT_CCACHE} PARENT_SCOPE)
  endif()
endfunction()

function(dact_check_cuda)
  if(DACT_CUDA)
    find_program(DACT_NVCC nvcc PATHS /usr/local/cuda/bin)
    if(NOT DACT_NVCC)
      message(FATAL_ERROR "DACT_CUDA: nvcc must be on PATH or in /usr/local/cuda/bin, got none. "
        "Install the CUDA Toolkit, or configure without DACT_CUDA.")
    endif()
    dact_part("CUDA" TRUE "")
  else()
    dact_part("CUDA" FALSE "not asked for (DACT_CUDA=OFF), everything runs on the CPU")
  endif()
endfunction()

# Turns CUDA on for dact_tensor: `units` are its *.cu. Every kernel is compiled with the arithmetic of NUMERICS.md 2; the
# runtime is linked statically, so that the program starts where there is no driver.
function(dact_cuda_sources target)
  set_target_properties(${target} PROPERTIES CUDA_RUNTIME_LIBRARY Static CUDA_ARCHITECTURES "${DACT_CUDA_ARCHITECTURES}")
  target_sources(${target} PRIVATE ${ARGN})
  string(REGEX REPLACE "-[a-z]+" "" plain "${DACT_CUDA_ARCHITECTURES}")
  string(REPLACE ";" "," plain "${plain}")
  # not for nvcc, which would cut the value at the comma
  target_compile_definitions(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:DACT_CUDA_ARCHITECTURES=${plain}>")
  target_link_libraries(${target} PRIVATE CUDA::cudart_static)
  # CMake 3.25 does not know CUDA 13's word for C++20
  set(options -std=c++20 --fmad=false -prec-div=true -prec-sqrt=true -ftz=false
    "SHELL:-Xcompiler -ffp-contract=off" "SHELL:-Xcompiler -fno-math-errno" "SHELL:-Xcompiler -Wall"
    "SHELL:-Xcompiler -Wextra" "SHELL:-Xcompiler -Wshadow" "SHELL:-Xcompiler -Wno-unknown-pragmas")
  if(DACT_WARNINGS_AS_ERRORS)
    list(APPEND options -Werror=all-warnings)
  endif()
  target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CUDA>:${options}>")
endfunction()

# Warnings of STYLE.md 2.7 and the arithmetic of NUMERICS.md 2, on each target of ours and nothing else.
function(dact_compile_options target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set(options
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wdouble-promotion
    -Wold-style-cast -Wnon-virtual-dtor
    # GCC 12 invents overlaps in std::string concatenation (its bug 105651)
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
    -ffp-contract=off -fno-math-errno -fno-trapping-math
    # the last one that fits wins: neither the place of the source nor that of the build shows in a binary
    -ffile-prefix-map=${PROJECT_SOURCE_DIR}/= -ffile-prefix-map=${PROJECT_BINARY_DIR}/=)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    list(APPEND options -O3)
  endif()
  if(DACT_WARNINGS_AS_ERRORS)
    list(APPEND options -Werror)
  endif()
  target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:${options}>")
  if(DACT_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${DACT_SANITIZE} -fno-sanitize-recover=all
                                             -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${DACT_SANITIZE})
  endif()
endfunction()

# dact_library(nn SOURCES a.cpp LINK dact_autograd): the static library of one folder. LINK names the arrows of
# DESIGN.md section 2, exactly: a folder sees its own headers and those of the folders it links, through one include
# root per folder that holds nothing but a link to it. A folder without a .cpp is a library of headers.
function(dact_library folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  set(include_root ${PROJECT_BINARY_DIR}/include/${folder})
  file(MAKE_DIRECTORY ${include_root})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${folder} ${include_root}/${folder} SYMBOLIC)
  set(visibility PUBLIC)
  if(ARG_SOURCES)
    add_library(dact_${folder} STATIC ${ARG_SOURCES})
    target_link_libraries(dact_${folder} PRIVATE ${ARG_PRIVATE_LINK})
    dact_compile_options(dact_${folder})
  else()
    add_library(dact_${folder} INTERFACE)
    set(visibility INTERFACE)
  endif()
  add_library(diffusionact::${folder} ALIAS dact_${folder})
  set_target_properties(dact_${folder} PROPERTIES EXPORT_NAME ${folder})
  target_include_directories(dact_${folder} ${visibility}
    $<BUILD_INTERFACE:${include_root}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/diffusionact>)
  target_link_libraries(dact_${folder} ${visibility} ${ARG_LINK})
  set_property(GLOBAL APPEND PROPERTY DACT_LIBRARIES ${folder})
endfunction()

# Compiles sources in batches of `batch` files: many small files over the same headers cost one parse per batch.
# Every file keeps its names in its own namespace (`dact::<op>_room`), so that batches cannot clash.
function(dact_unity target group batch)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  set(at 0)
  foreach(source ${ARGN})
    math(EXPR number "${at} / ${batch}")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group}_${number})
    math(EXPR at "${at} + 1")
  endforeach()
endfunction()

# Compiles each *.simd.cpp once per instruction set. The file wraps its code in `namespace dact::DACT_ISA`; it may
# include only raw headers (<cstdint>, math.hpp, simd.hpp): a std template compiled for AVX-512 could be the copy that
# the linker keeps for every machine.
function(dact_simd_sources target)
  set(flags_portable "")
  set(flags_avx2 -mavx2 -mfma -mf16c)
  set(flags_avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mf16c -mprefer-vector-width=512)
  set(isas portable)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    list(APPEND isas avx2 avx512)
    target_compile_definitions(${target} PRIVATE DACT_HAVE_X86_ISAS=1)
  endif()
  if(NOT ARGN)
    return()
  endif()
  # the sanitizers' builds would otherwise keep sums in memory and take ten times as long; every address of a heap block
  # is still checked
  set(checked $<$<NOT:$<CONFIG:Debug>>:-O3>)
  if(DACT_SANITIZE)
    list(APPEND checked -fno-sanitize-address-use-after-scope -fno-sanitize=pointer-overflow)
  endif()
  foreach(isa ${isas})
    add_library(${target}_${isa} OBJECT ${ARGN})
    target_include_directories(${target}_${isa} PRIVATE $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
    dact_compile_options(${target}_${isa})
    target_compile_options(${target}_${isa} PRIVATE ${flags_${isa}} ${checked}
                           # vectors wider than the set's registers are meant here; they never cross a call
                           -Wno-psabi -Wno-ignored-attributes)
    target_compile_definitions(${target}_${isa} PRIVATE DACT_ISA=isa_${isa})
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_${isa}>)
  endforeach()
endfunction()

# add_op(softmax) takes the room tensor/ops/softmax; add_op(compare ENTRIES eq ne) a room with several catalogue
# entries; add_room(reduce) a room of shared loops without one. All entries end in op_list.inc, sorted: the catalogue
# is a plain array, no registrar objects.
function(add_room room)
  file(GLOB plain CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tensor/ops/${room}/*.cpp)
  set(simd ${plain})
  list(FILTER simd INCLUDE REGEX "\\.simd\\.cpp$")
  list(FILTER plain EXCLUDE REGEX "\\.simd\\.cpp$")
  set_property(GLOBAL APPEND PROPERTY DACT_OP_SOURCES ${plain})
  set_property(GLOBAL APPEND PROPERTY DACT_OP_SIMD_SOURCES ${simd})
endfunction()

function(add_op room)
  cmake_parse_arguments(ARG "" "" "ENTRIES" ${ARGN})
  if(NOT ARG_ENTRIES)
    set(ARG_ENTRIES ${room})
  endif()
  set_property(GLOBAL APPEND PROPERTY DACT_OPS ${ARG_ENTRIES})
  add_room(${room})
endfunction()

function(dact_write_op_list file)
  get_property(ops GLOBAL PROPERTY DACT_OPS)
  list(SORT ops)
  set(text "")
  foreach(op ${ops})
    string(APPEND text "DACT_OP(${op})\n")
  endforeach()
  file(CONFIGURE OUTPUT ${file} CONTENT "${text}")
endfunction()

# dact_part(name found cost [remedy]): one line of the summary and of `diffusionact doctor`: a part, whether it is on,
# what its absence costs the user and the step that brings it.
function(dact_part name found cost)
  if(found)
    set_property(GLOBAL APPEND PROPERTY DACT_PARTS "  on   ${name}")
    set(on true)
  else()
    string(JOIN ", " why ${cost} ${ARGN})
    set_property(GLOBAL APPEND PROPERTY DACT_PARTS "  off  ${name}: ${why}")
    set(on false)
  endif()
  set_property(GLOBAL APPEND_STRING PROPERTY DACT_PART_ROWS "{\"${name}\", ${on}, \"${cost}\", \"${ARGN}\"},\n")
endfunction()

function(dact_print_summary)
  get_property(parts GLOBAL PROPERTY DACT_PARTS)
  get_property(rows GLOBAL PROPERTY DACT_PART_ROWS)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/parts.inc CONTENT "${rows}" @ONLY)
  message(STATUS "diffusionact ${PROJECT_VERSION}, ${CMAKE_BUILD_TYPE}, parts:")
  foreach(part IN LISTS parts)
    message(STATUS "${part}")
  endforeach()
endfunction()

# add_unary(silu), add_binary(add), add_binary(compare ENTRIES eq ne): rooms whose loops are shared; <room>.fn.hpp gives
# a functor `<entry>_fn` per entry.
function(dact_functor_room kind room)
  cmake_parse_arguments(ARG "" "" "ENTRIES" ${ARGN})
  if(NOT ARG_ENTRIES)
    set(ARG_ENTRIES ${room})
  endif()
  add_op(${room} ENTRIES ${ARG_ENTRIES})
  set_property(GLOBAL APPEND PROPERTY DACT_${kind} ${ARG_ENTRIES})
  set_property(GLOBAL APPEND PROPERTY DACT_${kind}_ROOMS ${room})
endfunction()
function(add_unary room)
  dact_functor_room(UNARY ${room} ${ARGN})
endfunction()
function(add_binary room)
  dact_functor_room(BINARY ${room} ${ARGN})
endfunction()

# <kind>_includes.inc and <kind>_list.inc for the shared loops.
function(dact_write_functor_list kind property dir)
  get_property(entries GLOBAL PROPERTY ${property})
  get_property(rooms GLOBAL PROPERTY ${property}_ROOMS)
  list(SORT entries)
  list(SORT rooms)
  set(includes "")
  set(list "")
  foreach(room ${rooms})
    string(APPEND includes "#include \"tensor/ops/${room}/${room}.fn.hpp\"\n")
  endforeach()
  foreach(entry ${entries})
    string(APPEND list "DACT_ENTRY(${entry})\n")
  endforeach()
  file(CONFIGURE OUTPUT ${dir}/${kind}_includes.inc CONTENT "${includes}")
  file(CONFIGURE OUTPUT ${dir}/${kind}_list.inc CONTENT "${list}")
endfunction()
