# start.S - from reset to main(): the stack, the trap vector, memory cleared.
# The machine begins with all interrupts off. Every hart comes here; only the
# first one goes on.

    .section .start, "ax"
    .globl  _start
_start:
    csrr    t0, mhartid
    bnez    t0, park

    .option push
    .option norelax             # it is what relaxation is relative to
    la      gp, __global_pointer$
    .option pop
    la      sp, stack_top
    la      t0, trap_handler
    csrw    mtvec, t0

    la      t0, bss_begin
    la      t1, bss_end
clear:
    bgeu    t0, t1, run
    sw      zero, 0(t0)
    addi    t0, t0, 4
    j       clear

run:
    call    main
    call    board_end           # with what main has given

park:
    wfi
    j       park
