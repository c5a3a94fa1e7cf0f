#!/bin/sh
# docs.sh [OUT] - does the documentation say what is so? OUT is the folder of
# the build, and may come from the environment.
#
# Run each program under docs/ that has a .out file beside it, and compare; of
# one with a .sorted file, compare the sorted lines.
# A fenced block in a page behind a line  <!-- file: NAME -->  must be equal to
# that file, or with  <!-- file: NAME [part] -->  to its lines between two
# lines  /* [part] */ . A page that states `sizeof(struct weft_X)` = N, or a
# header whose card says "N bytes (64-bit)", must be right. The page for people
# who know asyncio may only name what a header declares, and must name all of
# asyncio. Links between pages must lead somewhere, and each header has a page
# and a test. Prints "ok ..." and
# "FAIL ..." lines.
set -u
cd "$(dirname "$0")/.." || exit 1
out=${1:-$OUT}
tmp=$out/docs.tmp
pages=$(find README.md docs -name '*.md' | sort)
failed=0
rm -rf "$tmp" && mkdir -p "$tmp"

fail() {
    echo "FAIL $*"
    failed=1
}

# ---- programs ----

for expected in docs/*/*.out; do
    name=${expected%.out}
    if [ ! -x "$out/$name" ] && grep -q '^#define WEFT_WITH_' "$name.c"; then
        echo "skip $name: its library is not installed"
    elif [ ! -x "$out/$name" ]; then
        fail "$name: there is no such program"
    elif ! "$out/$name" >"$tmp/got" 2>"$tmp/stderr"; then
        fail "$name: exit status is not 0"
    elif ! diff -u "$expected" "$tmp/got" >"$tmp/diff"; then
        fail "$name: other output than $expected"
        sed 's/^/    /' "$tmp/diff"
    else
        echo "ok $name"
    fi
done

# The lines, and not their order, where that is the network's business.
for expected in docs/*/*.sorted; do
    name=${expected%.sorted}
    if ! "$out/$name" 2>"$tmp/stderr" | LC_ALL=C sort >"$tmp/got" ||
        ! diff -u "$expected" "$tmp/got" >"$tmp/diff"; then
        fail "$name: other lines than $expected"
        sed 's/^/    /' "$tmp/diff"
    else
        echo "ok $name"
    fi
done

# ---- blocks ----

# Write each marked block to a file, and print "page:line file part block".
marked_blocks() {
    awk -v page="$1" -v tmp="$tmp/block" '
        /^<!-- file: .* -->$/ {
            file = $3
            part = $4 == "-->" ? "-" : $4
            if (getline != 1 || $0 !~ /^```/) {
                print page ":" NR, file, part, "none"
                next
            }
            block = tmp NR
            printf "" >block
            at = NR
            while ((getline line) > 0 && line !~ /^```/)
                print line >block
            close(block)
            print page ":" at, file, part, block
        }' "$1"
}

# The file, or the part of it, less the blanks that all its lines begin with
# and without blank lines around it.
part_of() {
    awk -v part="$2" '
        part == "-" { print; next }
        index($0, "/* " part " */") && NF == 3 { inside = !inside; next }
        inside && $0 !~ /^ *\/\* \[[a-z0-9_-]*\] \*\/$/ { print }' "$1" |
        awk '
        { line[NR] = $0 }
        NF { match($0, /^ */); if (least == "" || RLENGTH < least) least = RLENGTH
             if (!first) first = NR
             last = NR }
        END { for (i = first; first && i <= last; i++)
                  print substr(line[i], least + 1) }'
}

for page in $pages; do
    marked_blocks "$page" >"$tmp/blocks"
    while read -r at file part block; do
        source=$(dirname "$page")/$file
        if [ "$block" = none ]; then
            fail "$at: no fenced block behind the file line"
        elif [ ! -f "$source" ]; then
            fail "$at: there is no $source"
        else
            part_of "$source" "$part" >"$tmp/part"
            if [ ! -s "$tmp/part" ]; then
                fail "$at: $source has no part $part"
            elif ! diff -u "$tmp/part" "$block" >"$tmp/diff"; then
                fail "$at: the block is not $source"
                sed 's/^/    /' "$tmp/diff"
            else
                echo "ok $at $file"
            fi
        fi
    done <"$tmp/blocks"
done

# ---- sizes ----

# "page struct size" of each statement.
stated_sizes() {
    grep -o '`sizeof(struct [a-z_]*)` = [0-9]*' $pages |
        sed 's/:`sizeof(struct \([a-z_]*\))` = / \1 /'
    for header in include/weft/*.h; do
        sed -n '1,/\*\//s/.*[^0-9]\([0-9][0-9]*\) bytes (64-bit).*/\1/p' \
            "$header" | sed "s|^|$header weft_$(basename "$header" .h) |"
    done
}

stated_sizes >"$tmp/stated"
[ -s "$tmp/stated" ] || fail "sizes: nothing is stated"
if ! "$out/test/test_sizes" --list >"$tmp/sizes"; then
    fail "sizes: test_sizes does not run"
elif grep -q '^weft_allocator 8$' "$tmp/sizes"; then
    while read -r page name size; do
        real=$(sed -n "s/^$name //p" "$tmp/sizes")
        if [ -z "$real" ]; then
            fail "$page: $name is not in tests/test_sizes.c"
        elif [ "$real" != "$size" ]; then
            fail "$page: sizeof(struct $name) is $real, not $size"
        else
            echo "ok $page $name $size"
        fi
    done <"$tmp/stated"
else
    echo "skip sizes: pointers are not 64 bits wide"
fi

# ---- names ----

# Every word of the headers outside of comments, and the codes of the errors.
declared_names() {
    cat include/weft/*.h macros/weft/*.h | awk '
        { line = $0
          while (1) {
              if (inside) {
                  if (!(i = index(line, "*/"))) break
                  line = substr(line, i + 2)
              }
              i = index(line, "/*")
              inside = i > 0
              print inside ? substr(line, 1, i - 1) : line
              if (!inside) break
              line = substr(line, i + 2)
          } }' >"$tmp/code"
    tr -cs 'A-Za-z0-9_' '\n' <"$tmp/code"
    sed -n 's/^ *X(\([A-Z]*\), [0-9]*, ".*/WEFT_E\1/p' "$tmp/code"
}

guide=docs/explanation/coming-from-asyncio.md
declared_names | sort -u >"$tmp/declared"
tr -cs 'A-Za-z0-9_' '\n' <$guide | sort -u |
    grep -E '^(weft_|WEFT_|ASYNC_)|^(AWAIT|CALL|SPAWN|START|YIELD)$' \
        >"$tmp/named"
if [ "$(wc -l <"$tmp/named")" -lt 50 ]; then
    fail "$guide: where are the names?"
fi
undeclared=$(comm -23 "$tmp/named" "$tmp/declared" | tr '\n' ' ')
if [ -n "$undeclared" ]; then
    fail "$guide: no header declares $undeclared"
else
    echo "ok $guide names"
fi

# Whichever version is here: the page has the names of all, from 3.11 on.
if python3 -c 'if True:
    import asyncio, sys
    print(*sorted(asyncio.__all__), sep="\n")
    sys.exit(sys.version_info < (3, 11))' >"$tmp/asyncio" 2>/dev/null; then
    missing=$(awk -F'|' '/^\|/ { print $2 }' $guide |
        grep -o '`[A-Za-z_]*`' | tr -d '`' | LC_ALL=C sort -u |
        LC_ALL=C comm -13 - "$tmp/asyncio" | tr '\n' ' ')
    if [ -n "$missing" ]; then
        fail "$guide: no row for asyncio's $missing"
    else
        echo "ok $guide asyncio"
    fi
else
    echo "skip $guide: no python3 to ask, of 3.11 or later"
fi

# ---- links, and the skeleton of reference pages ----

for page in $pages; do
    wrong=0
    for target in $(grep -o '](\([^)#: ]*\)' "$page" | sed 's/^](//'); do
        if [ ! -e "$(dirname "$page")/$target" ]; then
            fail "$page: the link to $target leads nowhere"
            wrong=1
        fi
    done
    [ $wrong = 1 ] || echo "ok $page links"
done

for page in docs/reference/*.md; do
    case $page in
    */README.md | */footprint.md) continue ;; # about no header
    esac
    headings=$(grep '^## ' "$page" | tr -d '#\n')
    skeleton=" Synopsis Python equivalent Behaviour Errors Cost Hazards See also"
    if [ "$headings" = "$skeleton" ]; then
        echo "ok $page skeleton"
    else
        fail "$page: headings are$headings"
    fi
done
# ---- the mirror ----

for header in include/weft/*.h macros/weft/*.h; do
    name=$(basename "$header" .h)
    if [ ! -f "docs/reference/$name.md" ]; then
        fail "$header: there is no docs/reference/$name.md"
    elif [ ! -f "tests/test_$name.c" ]; then
        fail "$header: there is no tests/test_$name.c"
    else
        echo "ok $header has its page and its test"
    fi
done

exit $failed
