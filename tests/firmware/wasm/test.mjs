// test.mjs FOLDER - programs of weft under WebAssembly, on a virtual clock:
// do they print what they print elsewhere?

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { run } from "./host.mjs";

const folder = process.argv[2];
const root = new URL("../../../", import.meta.url);
const text = (path) => readFile(new URL(path, root), "utf8");

// A host whose clock jumps to its next timer. `events` are [time, action], and
// each look at the clock takes `tick` ms. Gives the waits that were asked for.
async function play(name, events = [], tick = 0) {
    const begin = 5; // clocks begin anywhere
    const lines = [];
    const waits = [];
    const timers = new Set();
    let clock = begin;
    const later = (call, wait) => {
        const timer = { when: clock + wait, call };

        waits.push(wait);
        timers.add(timer);
        return () => timers.delete(timer);
    };
    const program = await run(await readFile(`${folder}/${name}.wasm`), {
        print: (line) => lines.push(line),
        now: () => clock += tick,
        later,
    });

    for (const [when, action] of events) {
        timers.add({ when: begin + when, call: () => action(program) });
    }
    while (timers.size > 0) {
        const [next] = [...timers].sort((a, b) => a.when - b.when);

        timers.delete(next);
        clock = Math.max(clock, next.when);
        next.call();
    }
    const status = await Promise.race([program.done, "it waits for ever"]);
    return { output: lines.map((line) => line + "\n").join(""),
             lines, status, waits, program };
}

const tests = {
    async count_prints_what_it_prints_elsewhere() {
        const { output, status } = await play("count");

        assert.equal(output, await text("docs/examples/count.out"));
        assert.equal(status, 0);
    },
    async chess_prints_what_it_prints_elsewhere() {
        const { output, status } = await play("chess");
        const [own, took] = output.split(/(?=in )/); // which is for stderr

        assert.equal(own, await text("docs/examples/chess.out"));
        assert.match(took, /^in [0-9]+\.[0-9] ms of real time\n$/);
        assert.equal(status, 0);
    },
    async the_host_s_timer_lets_the_coroutine_of_count_sleep() {
        const { output, status, waits } = await play("count_hosted");

        assert.equal(output, await text("docs/examples/count.out"));
        assert.equal(status, 0);
        assert.deepEqual(waits, Array(8).fill(1000)); // 6 seconds, and 2
    },
    async the_host_s_timer_lets_the_coroutine_of_chess_sleep() {
        const { lines, waits } = await play("chess_hosted");
        const [, woven] = (await text("docs/examples/chess.out")).split("\n");

        assert.deepEqual(lines, [woven]);
        // Each move of hers, and then those who still think.
        assert.deepEqual(waits, Array(24 * 30 + 55 / 5).fill(5000));
    },
    async the_page_may_call_between_turns() {
        const click = (x) => (program) => {
            assert.equal(program.exports.click(x), 0);
            program.wake();
        };
        const { output, status } =
            await play("page", [[1500, click(17)], [3600, click(4)]]);

        assert.equal(output, await text("tests/firmware/wasm/page.out"));
        assert.equal(status, 0);
    },
    async a_full_queue_refuses_a_click() {
        const { program } = await play("page", [[100, ({ exports }) => {
            const codes = [1, 2, 3, 4, 5].map((x) => exports.click(x));

            assert.deepEqual(codes.slice(0, 4), [0, 0, 0, 0]);
            assert.ok(codes[4] < 0);
        }]]);

        assert.ok(program);
    },
    async who_only_waits_for_the_page_sets_no_timer() {
        const { output, status, waits } = await play("waiting");

        assert.equal(output, "waiting\n");
        assert.equal(status, "it waits for ever");
        assert.deepEqual(waits, []);
    },
    async who_never_sleeps_gives_the_page_its_turn() {
        const { output, status, waits } = await play("yielding", [], 1);

        assert.equal(output, "100 turns\n");
        assert.equal(status, 0);
        assert.ok(waits.length > 10); // of 8 ms each, at 1 ms a look or more
        assert.ok(waits.every((wait) => wait === 0));
    },
    async the_kernel_passes_its_unit_tests() {
        const { lines, status } = await play("tests");
        const bad = lines.filter((line) => !/^(ok|test_)/.test(line));

        assert.deepEqual(bad, []);
        assert.equal(status, 0);
        assert.ok(lines.length > 100);
    },
    async the_clock_and_the_timer_of_a_page_will_do() {
        const lines = [];
        const file = await readFile(`${folder}/yielding.wasm`);
        const program = await run(new Response(file),
                                  { print: (line) => lines.push(line) });

        assert.equal(await program.done, 0);
        assert.deepEqual(lines, ["100 turns"]);
    },
    async a_page_that_waits_is_told_so() {
        const { lines, program } = await play("waiting");

        assert.throws(() => program.exports.run_forever(), /ended: 98/);
        assert.equal(lines.at(-1), "weft: loop: a page cannot wait: run turns");
    },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
    try {
        await test();
        console.log(`ok ${name}`);
    } catch (error) {
        failed = 1;
        console.log(`FAIL ${name}`);
        console.log(String(error.stack).replace(/^/gm, "    "));
    }
}
process.exit(failed);
