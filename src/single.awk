# single.awk - print include/weft.h with all that it includes, as one file.
#
#     awk -v core=1 -v show=parts -f src/single.awk
#
# With core, every #if that WEFT_FREESTANDING decides is decided. With
# show=parts, print what the parts are instead.
#
# There is no list of files here. include/weft.h is one: what it includes, and
# what that includes, is printed where it comes first. One that comes first
# under some #if and is needed outside of it is an error. Prototypes are given
# the word WEFT_API, so that WEFT_STATIC can make them static. Names that are
# static in a source become weft_name_.

function fail(words) {
    print "single.awk: " words >"/dev/stderr"
    failed = 1
    exit 1
}

function put(line) {
    if (line != "" || body[count] != "")
        body[++count] = line
}

function is_file(name,  line, found) {
    found = (getline line <name) >= 0
    close(name)
    return found
}

# The file that `name` means in `file`, without any "..".
function found_from(file, name,  path) {
    path = file
    sub(/[^\/]*$/, "", path)
    path = path name
    while (sub(/[^\/.][^\/]*\/\.\.\//, "", path))
        continue
    if (!is_file(path))
        path = "include/" name
    if (!is_file(path))
        fail(file ": there is no " name)
    return path
}

function conditions(  i, here) {
    here = "\n"
    for (i = 1; i <= depth; i++)
        if (condition[i] != "")
            here = here condition[i] "\n"
    return here
}

# Print the file, unless it is there already, under no other conditions than
# here. Guards do not count, nor does __cplusplus: sources are C.
function include(file,  here) {
    here = conditions()
    if (!(file in where)) {
        where[file] = here
        follow(file)
    } else if (index(here, where[file]) == 0) {
        fail(file " comes first under" where[file] "and is needed elsewhere")
    }
}

# #if and what belongs to it. For the core decided[depth] is "yes" or "no" where
# this branch is known to be taken or left out, and "done" behind one that was
# taken. Nothing is printed while off > 0.
function on_if(line) {
    depth++
    decided[depth] = off ? "off" : ""
    condition[depth] = line
    if (line ~ /^#ifndef WEFT_.*H$/ || line ~ /__cplusplus/)
        condition[depth] = ""
    if (off || !core)
        return
    if (line ~ /^#if defined\(WEFT_FREESTANDING\)( \|\| [^&]*)?$/)
        decided[depth] = "yes"
    else if (line ~ /^#if !defined\(WEFT_FREESTANDING\)( && [^|\\]*)?$/)
        decided[depth] = "no"
    else
        return
    condition[depth] = ""
    off += decided[depth] == "no"
}

function on_else(line,  before) {
    before = decided[depth]
    if (condition[depth] != "")
        condition[depth] = "not " condition[depth]
    if (before == "yes") {
        decided[depth] = "done"
        off++
    } else if (before == "no") {
        off--
        decided[depth] = line ~ /^#elif/ ? "" : "yes"
        if (sub(/^#elif/, "#if", line))
            put(line)
    }
    return before
}

function on_endif(  before) {
    before = decided[depth]
    off -= before == "no" || before == "done"
    depth--
    return before
}

# weft.h says in comments of one line what kind of part comes next.
function note_part(line, name,  first) {
    if (line ~ /^\/\* .* \*\/$/) {
        parts = parts "\n" substr(line, 4, length(line) - 6) "\n"
    } else if (name ~ /h$/) {
        getline first <name
        close(name)
        sub(/^[^ ]* [^ ]* - /, "", first)
        sub(/(\. |\.$|:).*/, "", first)
        sub(/.*\//, "", name)
        parts = parts sprintf("    %-15s %s\n", name, first)
    }
}

function follow(file,  line, name, shown, outer) {
    outer = top
    top = depth
    while ((getline line <file) > 0) {
        name = ""
        shown = !off
        if (line ~ /^#if/) {
            on_if(line)
            shown = decided[depth] == ""
        } else if (line ~ /^#el/) {
            shown = on_else(line) == ""
        } else if (line ~ /^#endif/) {
            shown = on_endif() == ""
        } else if (shown && line ~ /^#include "/) {
            name = line
            gsub(/^#include "|".*/, "", name)
            name = found_from(file, name)
            include(name)
            shown = 0
        } else if (shown && line ~ /^[A-Za-z}]/) {
            line = with_api(file, line)
        }
        if (file == umbrella && !off)
            note_part(line, name)
        if (shown)
            put(line)
        if (line == "#define WEFT_IMPLEMENTED")
            sources = count
        if (core && line == "#define WEFT_IMPLEMENTED") {
            put("#if INT_MAX == 32767")
            put("#line 1 /* resume points are lines, and have 13 bits there */")
            put("#endif")
        }
    }
    close(file)
    top = outer
}

# What a source defines can be static, but what a port is to define cannot, nor
# what is there only if the implementation is asked for it (bare.c). So the word
# in front of a prototype is taken away again where it is left over.
function with_api(file, line,  name) {
    if (file ~ /^src/ &&
        line ~ /^((WEFT_[A-Z]*_ )?static |struct [a-z_0-9]* \{$|\} [a-z])/)
        note_own_name(line, depth > top)
    if (line ~ /^(static|typedef|struct [a-z_0-9]*;|extern "C")/)
        return line
    name = line
    if (!sub(/^[A-Za-z_0-9 *]*[ *]weft_/, "weft_", name))
        name = ""
    if (file !~ /^src/) {
        sub(/^extern /, "WEFT_API ", line)
        if (name ~ /^weft_[a-z_0-9]*\(/)
            line = "WEFT_API " line
    } else if (name ~ /^weft_[a-z_0-9]*\(/) {
        sub(/\(.*/, "", name)
        if (!index(conditions(), "||"))
            is_defined[name] = 1
    } else if (name ~ /^weft_[a-z_0-9]*( =|;|\[)/) {
        line = "WEFT_DEFINED_ " line
    }
    return line
}

# Names of one source file only: of functions and variables, and of structs. In
# the tree they are plain words, which a program may want for itself. A struct
# under an #if stands in for one of the system.
function note_own_name(line, is_conditional,  name) {
    name = line
    if (sub(/^struct /, "", name)) {
        if (sub(/ \{$/, "", name) && name !~ /^weft_/ && !is_conditional)
            own_tags[name] = 1
    } else if (match(name, /[a-z_0-9]+(\(| =|;|\[)/)) {
        name = substr(name, RSTART, RLENGTH)
        gsub(/[^a-z_0-9]/, "", name)
        if (name !~ /^weft_/)
            own_names[name] = 1
    }
}

# The line with weft_name_ for each of them, but not in comments and strings,
# and not for members.
function with_own_names(line,  done, word, i) {
    if (line ~ /^#include/)
        return line
    while (line != "") {
        i = index(line, "*/")
        if (in_comment && i == 0)
            return done line
        if (in_comment) {
            done = done substr(line, 1, i + 1)
            line = substr(line, i + 2)
            in_comment = 0
        }
        if (!match(line, token))
            return done line
        word = substr(line, RSTART, RLENGTH)
        done = done substr(line, 1, RSTART - 1)
        line = substr(line, RSTART + RLENGTH)
        if (word == "/*")
            in_comment = 1
        else if ((word in own_names && done !~ /(\.|->)$/) ||
                 (word in own_tags && done ~ /struct $/))
            word = "weft_" word "_"
        done = done word
    }
    return done
}

function print_line(line,  name) {
    name = line
    if (sub(/^WEFT_API [A-Za-z_0-9 *]*[ *]weft_/, "weft_", name) &&
        sub(/\(.*/, "", name) && !(name in is_defined))
        sub(/^WEFT_API /, "", line)
    print line
}

BEGIN {
    # The begin of a comment, a string, a character, or a word.
    token = "/[*]|\"([^\"\\\\]|\\\\.)*\"|'([^'\\\\]|\\\\.)+'" \
        "|[A-Za-z_][A-Za-z_0-9]*"
    umbrella = "include/weft.h"
    while ((getline line <umbrella) > 0 && line != " */") # its card
        continue
    follow(umbrella)
    if (show == "parts") {
        printf "%s", parts
    } else {
        for (i = 1; i <= count; i++)
            print_line(i < sources ? body[i] : with_own_names(body[i]))
    }
}
END { exit failed }
