# bin/elute, the three libraries with their headers, share/elute with catalogue and cases, a CMake package, a pkg-config file.
include(CMakePackageConfigHelpers)

install(TARGETS elute_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
foreach(room kernels meshes solver)
  install(DIRECTORY ${room}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/elute/${room} FILES_MATCHING PATTERN "*.h")
endforeach()
install(DIRECTORY cases/catalogue DESTINATION ${CMAKE_INSTALL_DATADIR}/elute)
install(DIRECTORY cases/ DESTINATION ${CMAKE_INSTALL_DATADIR}/elute/cases
        FILES_MATCHING PATTERN "*.yaml" PATTERN "*.py" PATTERN "catalogue" EXCLUDE PATTERN "bad*" EXCLUDE)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/elute)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Elute)
install(EXPORT elute_targets NAMESPACE Elute:: DESTINATION ${package_dir})
configure_package_config_file(cmake/EluteConfig.cmake.in "${PROJECT_BINARY_DIR}/EluteConfig.cmake"
                              INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/EluteConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
configure_file(cmake/elute.pc.in "${PROJECT_BINARY_DIR}/elute.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/EluteConfig.cmake" "${PROJECT_BINARY_DIR}/EluteConfigVersion.cmake"
        DESTINATION ${package_dir})
install(FILES "${PROJECT_BINARY_DIR}/elute.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
