// host.mjs - a program of weft in a page, or under Node: the host's half.
//
//     import { run } from "./host.mjs";
//
//     const program = await run(await fetch("program.wasm"));
//     program.exports.click();      // a function of yours makes a task ready:
//     program.wake();               // so look again
//     await program.done;
//
// `now` and `later` are the clock and the timer; a test has its own.

const DAY = 24 * 60 * 60 * 1000; // timers of more than 24 days fire at once

export async function run(source, {
    print = console.log,
    now = () => performance.now(),
    later = (call, wait) => { const id = setTimeout(call, wait);
                              return () => clearTimeout(id); },
} = {}) {
    const line = [];
    const put = (byte) => {
        if (byte === 10) {
            print(new TextDecoder().decode(new Uint8Array(line)));
            line.length = 0;
        } else {
            line.push(byte);
        }
    };
    const end = (status) => { throw new Error(`the program ended: ${status}`); };
    const bytes = source instanceof Response ? await source.arrayBuffer() : source;
    const { instance } = await WebAssembly.instantiate(bytes,
                                                       { host: { now, put, end } });
    const { exports } = instance;
    const status = exports.open();
    let cancel = () => {};
    let wake;

    const done = new Promise((resolve, reject) => {
        wake = () => {
            cancel();
            try {
                const wait = exports.step(8); // half a frame, if there is work
                if (wait < 0) {
                    resolve(status);
                } else if (wait < Infinity) {
                    cancel = later(wake, Math.min(Math.ceil(wait), DAY));
                }
            } catch (error) {
                reject(error);
            }
        };
    });
    wake();
    return { exports, done, wake };
}
