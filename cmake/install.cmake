# Installs what another project needs for find_package(diffusionact): one target per folder, headers, the package
# file. Nothing installed holds a path of this machine, so the tree may be moved.
include(CMakePackageConfigHelpers)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/diffusionact)
get_property(folders GLOBAL PROPERTY DACT_LIBRARIES)
foreach(folder IN LISTS folders)
  install(TARGETS dact_${folder} EXPORT diffusionact ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder}/
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/diffusionact/${folder}
          FILES_MATCHING PATTERN "*.hpp" PATTERN "cli" EXCLUDE PATTERN "*.kernels.hpp" EXCLUDE)
endforeach()
if(TARGET diffusionact)
  install(TARGETS diffusionact RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/reenact/weights/ DESTINATION ${CMAKE_INSTALL_DATADIR}/diffusionact/weights
    FILES_MATCHING PATTERN *.safetensors PATTERN *.md)
endif()
install(EXPORT diffusionact NAMESPACE diffusionact:: FILE diffusionactTargets.cmake DESTINATION ${config_dir})

# A static library needs at the user's link what it needed at ours.
get_property(packages GLOBAL PROPERTY DACT_DEPENDENCIES)
list(REMOVE_DUPLICATES packages)
set(DACT_FIND_DEPENDENCIES "")
foreach(package IN LISTS packages)
  string(APPEND DACT_FIND_DEPENDENCIES "find_dependency(${package})\n")
endforeach()
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/diffusionactConfig.cmake.in
  ${PROJECT_BINARY_DIR}/generated/diffusionactConfig.cmake INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/generated/diffusionactConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/generated/diffusionactConfig.cmake
              ${PROJECT_BINARY_DIR}/generated/diffusionactConfigVersion.cmake DESTINATION ${config_dir})
