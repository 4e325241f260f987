# Run at every build (cmake -P): writes the commit and whether the tree has changes into OUTPUT; the file is touched
# only when they changed, so that an unchanged tree compiles nothing.
cmake_minimum_required(VERSION 3.25)
set(commit "unknown")
set(dirty "false")
find_program(GIT git)
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE} rev-parse HEAD OUTPUT_VARIABLE head ERROR_QUIET
                  OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
  if(NOT failed)
    set(commit ${head})
    execute_process(COMMAND ${GIT} -C ${SOURCE} status --porcelain OUTPUT_VARIABLE changes ERROR_QUIET)
    if(changes)
      set(dirty "true")
    endif()
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT "// Written at every build by cmake/build_info.cmake.
#pragma once
namespace dact::cli {
inline constexpr char kCommit[] = \"@commit@\";
inline constexpr bool kDirty = @dirty@;
}  // namespace dact::cli
")
