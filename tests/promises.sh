#!/bin/sh
# promises.sh - which of the promises of CPython's own tests are kept here.
#
# A test says so in its comment, one line for each promise:
#
#     * CPython: test_locks.LockTests.test_acquire_cancel
#
# Prints how many tests a file of CPython's has, how many of them C can express
# (see promises.tsv), and how many different ones our tests name. Fails when a
# name is malformed, or is listed as left out; and, where CPython 3.13's tests
# are installed, when no class has a test of that name in its own body, unless
# the table says that a later Python brought it. PYTHON=... asks for a certain
# Python.
set -u
cd "$(dirname "$0")/.." || exit 1
table=tests/promises.tsv
names=$(mktemp) || exit 1
trap 'rm -f "$names"' EXIT
failed=0

# Every line with the word, as file:line:text; then the names of the good ones.
found=$(grep -nH 'CPython:' tests/*.c)
word='CPython: test_[a-z0-9_]+[.][A-Za-z0-9_]+[.]test_[A-Za-z0-9_]+'
form="^[^:]*:[0-9]*: *(/\*|\*) $word( \*/)?\$"
if bad=$(echo "$found" | grep -vE "$form" | grep .); then
    echo "$bad" | sed 's/^/FAIL malformed: /'
    failed=1
fi
echo "$found" | grep -E "$form" |
    sed -E 's/^([^:]*:[0-9]*):.*CPython: ([^ ]*).*/\2 \1/' >"$names"

awk -F '\t' '
    $1 == "file" { files[++count] = $2; tests[$2] = $3; portable[$2] = $4 }
    $1 == "out" {
        pattern = $2 "." $3
        gsub(/\./, "[.]", pattern)
        gsub(/\*/, ".*", pattern)
        out[++patterns] = "^" pattern "$"
    }
    FILENAME != table { next_name($0) }
    function next_name(line,    word, i) {
        split(line, word, " ")
        for (i = 1; i <= patterns; i++) {
            if (word[1] ~ out[i]) {
                printf "FAIL %s: %s is listed as left out\n", word[2], word[1]
                failed = 1
            }
        }
        if (!(word[1] in seen)) {
            seen[word[1]] = 1
            split(word[1], word, ".")
            covered[word[1]]++
        }
    }
    function row(name, all, some, here) {
        printf "%-24s| %13s | %8s | %7s\n", name, all, some, here
    }
    END {
        row("file", "CPython tests", "portable", "covered")
        for (i = 1; i <= count; i++) {
            name = files[i]
            row(name, tests[name], portable[name], covered[name] + 0)
            all += tests[name]; some += portable[name]; here += covered[name]
            delete covered[name]
        }
        row("together", all, some, here)
        for (name in covered) {
            others += covered[name]
        }
        if (others > 0) {
            row("other files", "", "", others)
        }
        exit failed
    }' table="$table" "$table" "$names" || failed=1

# Does CPython have these tests?
for python in ${PYTHON:-} python3.13 python3 \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python3; do
    "$python" -c 'import sys; assert sys.version_info[:2] == (3, 13)
import test.test_asyncio' 2>/dev/null || continue
    "$python" -B - "$names" "$table" "${LIST:-}" <<'END' || failed=1
import ast, fnmatch, os, sys
import test.test_asyncio

folder = os.path.dirname(test.test_asyncio.__file__)
modules = {}        # name: {class: (its tests, the names of its bases)}


def classes_of(module):
    if module not in modules:
        modules[module] = {}
        path = os.path.join(folder, module + ".py")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                tree = ast.parse(file.read())
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    modules[module][node.name] = (
                        {item.name for item in ast.walk(node) if isinstance(
                            item, (ast.FunctionDef, ast.AsyncFunctionDef))},
                        [base.id for base in node.bases
                         if isinstance(base, ast.Name)])
    return modules[module]


def heir_of(classes, name, method):
    for base in classes.get(name, ((), ()))[1]:
        if method in classes.get(base, ((), ()))[0]:
            return base
        found = heir_of(classes, base, method)
        if found:
            return found


newer = {}          # name: where the table lists it as brought later
files, out = [], [] # the table's; patterns of what is left out
for number, line in enumerate(open(sys.argv[2]), 1):
    kind, *rest = line.rstrip("\n").split("\t")
    if kind == "file":
        files.append(rest[0])
    elif kind == "out":
        out.append(".".join(rest[:2]))
    elif kind == "new":
        newer[".".join(rest[:2])] = f"{sys.argv[2]}:{number}"

failed = False
names = [line.split() for line in open(sys.argv[1])]
for name in newer.keys() - {name for name, where in names}:
    failed = True
    print(f"FAIL {newer[name]}: no test of ours names {name}")
for name, where in names:
    module, cls, method = name.split(".")
    classes = classes_of(module)
    if name in newer:
        if method in classes.get(cls, ((), ()))[0]:
            failed = True
            print(f"FAIL {newer[name]}: CPython 3.13 has {name}")
    elif method not in classes.get(cls, ((), ()))[0]:
        failed = True
        base = heir_of(classes, cls, method)
        print(f"FAIL {where}: CPython 3.13 has no {name}" +
              (f"; it is in {base}" if base else ""))

kept = {name for name, where in names}
every = [f"{module}.{cls}.{method}" for module in files
         for cls, (methods, bases) in classes_of(module).items()
         for method in sorted(methods) if method.startswith("test_")]
for name in every if sys.argv[3] else []:
    if name not in kept and not any(fnmatch.fnmatchcase(name, pattern)
                                    for pattern in out):
        print("not kept:", name)
sys.exit(failed)
END
    exit $failed
done
echo "skip: no CPython 3.13 with its tests to compare the names with"
exit $failed
