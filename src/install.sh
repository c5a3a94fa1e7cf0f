#!/bin/sh
# install.sh install|uninstall OUT - put weft where others find it, or take
# exactly that away again. OUT is the folder of the build; the environment says
# PREFIX (/usr/local), LIBDIR (below it: lib) and DESTDIR (nothing), a folder to
# put in front of all that for who makes packages.
#
# What is to be installed is laid out in OUT/install first. There is the only
# list, and both ways read it.
set -eu
verb=$1
out=$2
prefix=${PREFIX:-/usr/local}
lib=${LIBDIR:-lib}
lib=${lib#"$prefix"/}
destination=${DESTDIR:-}$prefix
version=$(sed -n 's/^#define WEFT_VERSION "\(.*\)"/\1/p' include/weft/config.h)
# Structs are open, so that each 0.x has a binary interface of its own.
so=libweft.so.${version%.*}
layout=$out/install

# A library that was not built is not installed, but may have been before.
library() {
    if [ -e "$1" ]; then
        cp "$1" "$layout/$lib/$2"
        return 0
    fi
    [ "$verb" = uninstall ] && : >"$layout/$lib/$2"
}

# pc NAME DESCRIPTION REQUIRES LIBS LIBS-PRIVATE CFLAGS
pc() {
    cat >"$layout/$lib/pkgconfig/$1.pc" <<END
prefix=$prefix
libdir=\${prefix}/$lib
includedir=\${prefix}/include

Name: $1
Description: $2
Version: $version
Requires: $3
Libs: -L\${libdir} $4
Libs.private: $5
Cflags: -I\${includedir} $6
END
}

rm -rf "$layout"
mkdir -p "$layout/include/weft" "$layout/$lib/pkgconfig" \
    "$layout/$lib/cmake/weft" "$layout/share/man/man7"

# Headers and macros are neighbours there, and there are no sources.
cp include/weft/*.h "$layout/include/weft"
cp macros/weft/*.h "$layout/include/weft"
awk '
    { sub(/"\.\.\/macros\//, "\""); print }
    /^#endif \/\* WEFT_H \*\/$/ {
        print "\n#if defined(WEFT_IMPLEMENTATION)"
        print "#error \"this weft.h belongs to a library: link with -lweft\""
        print "#endif"
        exit
    }' include/weft.h \
    >"$layout/include/weft.h"

cp docs/weft.7 "$layout/share/man/man7"
library "$out/libweft.a" libweft.a
library "$out/libweft.so" "libweft.so.$version"
ln -s "libweft.so.$version" "$layout/$lib/$so"
ln -s "$so" "$layout/$lib/libweft.so"
pc weft "asyncio for C" "" -lweft "-lev -lpthread" ""
if library "$out/libweft-tls.a" libweft-tls.a; then
    pc weft-tls "TLS for weft" "weft openssl >= 3" -lweft-tls "" \
        -DWEFT_WITH_TLS
fi
if library "$out/libweft-cares.a" libweft-cares.a; then
    pc weft-cares "weft's resolver on c-ares" "weft libcares" -lweft-cares "" \
        -DWEFT_WITH_CARES
fi

cat >"$layout/$lib/cmake/weft/weftConfig.cmake" <<END
# find_package(weft) - weft::weft, and where they were built weft::tls and
# weft::cares. The shared library, unless WEFT_USE_STATIC_LIBS is set before.
get_filename_component(weft_prefix "\${CMAKE_CURRENT_LIST_DIR}/$(
    echo "$lib/cmake/weft" | sed 's|[^/][^/]*|..|g')" ABSOLUTE)
set(weft_lib "\${weft_prefix}/$lib")

if(NOT TARGET weft::weft)
    add_library(weft::weft UNKNOWN IMPORTED)
    set_target_properties(weft::weft PROPERTIES
        INTERFACE_INCLUDE_DIRECTORIES "\${weft_prefix}/include")
    if(WEFT_USE_STATIC_LIBS)
        set_target_properties(weft::weft PROPERTIES
            IMPORTED_LOCATION "\${weft_lib}/libweft.a"
            INTERFACE_LINK_LIBRARIES "ev;pthread")
    else()
        set_target_properties(weft::weft PROPERTIES
            IMPORTED_LOCATION "\${weft_lib}/libweft.so")
    endif()
    if(EXISTS "\${weft_lib}/libweft-tls.a")
        add_library(weft::tls UNKNOWN IMPORTED)
        set_target_properties(weft::tls PROPERTIES
            IMPORTED_LOCATION "\${weft_lib}/libweft-tls.a"
            INTERFACE_COMPILE_DEFINITIONS WEFT_WITH_TLS
            INTERFACE_LINK_LIBRARIES "weft::weft;ssl;crypto")
    endif()
    if(EXISTS "\${weft_lib}/libweft-cares.a")
        add_library(weft::cares UNKNOWN IMPORTED)
        set_target_properties(weft::cares PROPERTIES
            IMPORTED_LOCATION "\${weft_lib}/libweft-cares.a"
            INTERFACE_COMPILE_DEFINITIONS WEFT_WITH_CARES
            INTERFACE_LINK_LIBRARIES "weft::weft;cares")
    endif()
endif()
END
cat >"$layout/$lib/cmake/weft/weftConfigVersion.cmake" <<END
# The same 0.x is compatible, with a newer last number or the same.
set(PACKAGE_VERSION $version)
if(PACKAGE_FIND_VERSION VERSION_GREATER PACKAGE_VERSION OR
   PACKAGE_FIND_VERSION VERSION_LESS ${version%.*})
    set(PACKAGE_VERSION_COMPATIBLE FALSE)
else()
    set(PACKAGE_VERSION_COMPATIBLE TRUE)
    if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
        set(PACKAGE_VERSION_EXACT TRUE)
    endif()
endif()
END

(cd "$layout" && find . ! -type d | sed 's|^\./||' | LC_ALL=C sort) |
    while read -r file; do
        if [ "$verb" = uninstall ]; then
            rm -f "$destination/$file"
        elif [ -L "$layout/$file" ]; then
            ln -sf "$(readlink "$layout/$file")" "$destination/$file"
        else
            mkdir -p "$(dirname "$destination/$file")"
            install -m 644 "$layout/$file" "$destination/$file"
        fi
    done
if [ "$verb" = uninstall ]; then
    for folder in include/weft "$lib/cmake/weft"; do
        [ ! -d "$destination/$folder" ] || rmdir "$destination/$folder"
    done
fi
echo "$verb: $(find "$layout" ! -type d | wc -l) files, $destination"
