"""Eight doubles as one value in compiled code: the vectors that the kernels are written in.

LLVM maps eight lanes to whatever the machine has (one AVX-512 register, two of AVX2, four of NEON). Every operation
and the order of every sum is spelled out, so nothing depends on what an optimiser chose to vectorise: results are
the same on every machine, and compilation is quick because there is nothing to discover.

Vectors stay within one compiled function: passed to another they would travel through memory.
"""

from __future__ import annotations

from math import factorial
from typing import Any

import numpy as np
from llvmlite import ir
from numba import extending
from numba.core import types

__all__ = [
    "LANES", "add", "divide", "exponential", "load", "logarithm", "multiply", "peek", "poke", "some_below", "some_fell",
    "splat", "store", "sum_lanes",
]  # fmt: skip

intrinsic: Any = extending.intrinsic

LANES = 8
_BITS = ir.VectorType(ir.IntType(64), LANES)
_HALF = ir.VectorType(ir.IntType(32), LANES)
_REAL = ir.VectorType(ir.DoubleType(), LANES)


class Lanes(types.Type):
    """The numba type of eight doubles."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")


LANES_TYPE = Lanes()


@extending.register_model(Lanes)
class _LanesModel(extending.models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _REAL)


def _pointer(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), _REAL.as_pointer())


def _constant(value: float | int, kind: Any = _REAL) -> Any:
    return ir.Constant(kind, [value] * LANES)


@intrinsic
def load(typing, array, index):
    """Return array[index], ..., array[index + 7] of a contiguous (n,) float array; bounds are not checked."""

    def code(context, builder, signature, args):
        return builder.load(_pointer(context, builder, signature.args[0], *args), align=8)

    return LANES_TYPE(array, types.intp), code


@intrinsic
def store(typing, array, index, value):
    """Write eight lanes to array[index], ..., array[index + 7]; bounds are not checked."""

    def code(context, builder, signature, args):
        builder.store(args[2], _pointer(context, builder, signature.args[0], args[0], args[1]), align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, value), code


@intrinsic
def peek(typing, array, index):
    """Return the element at a place of a contiguous array of any shape, laid out flat; bounds are not checked.

    numba's own indexing allows for negative places, which costs as much as the rest of a short loop.
    """

    def code(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        return builder.load(builder.gep(data, [args[1]]))

    return array.dtype(array, types.intp), code


@intrinsic
def poke(typing, array, index, value):
    """Write an element where `peek` reads it."""

    def code(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        builder.store(args[2], builder.gep(data, [args[1]]))
        return context.get_dummy_value()

    return types.void(array, types.intp, array.dtype), code


@intrinsic
def splat(typing, value):
    """Return eight lanes of the same number."""

    def code(context, builder, signature, args):
        return _spread(builder, args[0])

    return LANES_TYPE(types.float64), code


def _spread(builder: Any, value: Any) -> Any:
    one = builder.insert_element(ir.Constant(_REAL, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(one, ir.Constant(_REAL, ir.Undefined), _constant(0, _HALF))


@intrinsic
def add(typing, a, b):
    """Return a + b lane by lane."""
    return LANES_TYPE(a, b), lambda context, builder, signature, args: builder.fadd(*args)


@intrinsic
def multiply(typing, a, b):
    """Return a * b lane by lane."""
    return LANES_TYPE(a, b), lambda context, builder, signature, args: builder.fmul(*args)


@intrinsic
def divide(typing, a, b):
    """Return a / b lane by lane."""
    return LANES_TYPE(a, b), lambda context, builder, signature, args: builder.fdiv(*args)


@intrinsic
def sum_lanes(typing, a):
    """Return the sum of the lanes, in pairs: ((0+4)+(2+6)) + ((1+5)+(3+7))."""

    def code(context, builder, signature, args):
        value, width = args[0], LANES
        while width > 1:
            width //= 2
            kind = ir.VectorType(ir.IntType(32), width)
            low, high = ir.Constant(kind, list(range(width))), ir.Constant(kind, list(range(width, 2 * width)))
            value = builder.fadd(builder.shuffle_vector(value, value, low), builder.shuffle_vector(value, value, high))
        return builder.extract_element(value, ir.Constant(ir.IntType(32), 0))

    return types.float64(a), code


@intrinsic
def some_below(typing, a, bound):
    """Return whether some lane is below the bound, or not a number."""

    def code(context, builder, signature, args):
        flags = builder.fcmp_unordered("<", args[0], _spread(builder, args[1]))
        return builder.icmp_unsigned("!=", builder.bitcast(flags, ir.IntType(LANES)), ir.Constant(ir.IntType(LANES), 0))

    return types.boolean(a, types.float64), code


@intrinsic
def some_fell(typing, a, before, bound):
    """Return whether some lane is below the bound that was positive before."""

    def code(context, builder, signature, args):
        low = builder.fcmp_ordered("<", args[0], _spread(builder, args[2]))
        flags = builder.and_(low, builder.fcmp_ordered(">", args[1], _constant(0.0)))
        return builder.icmp_unsigned("!=", builder.bitcast(flags, ir.IntType(LANES)), ir.Constant(ir.IntType(LANES), 0))

    return types.boolean(a, before, types.float64), code


_OFFSET = int(np.float64(np.sqrt(0.5)).view(np.int64)) & (2**52 - 1)
_TERMS = 10  # of the series below: the first one left out is under 1e-18


@intrinsic
def logarithm(typing, a):
    """Return the natural logarithm of eight normal positive numbers, within 2 units in the last place.

    x = 2**e m with m in [sqrt(1/2), sqrt(2)); log m = 2 artanh(s) = 2 s (1 + s^2/3 + s^4/5 + ...), s = (m-1)/(m+1).
    """

    def code(context, builder, signature, args):
        bits = builder.bitcast(args[0], _BITS)
        biased = builder.lshr(builder.sub(bits, _constant(_OFFSET, _BITS)), _constant(52, _BITS))
        exponent = builder.sub(biased, _constant(1022, _BITS))
        m = builder.bitcast(builder.sub(bits, builder.shl(exponent, _constant(52, _BITS))), _REAL)
        e = builder.sitofp(builder.trunc(exponent, _HALF), _REAL)
        s = builder.fdiv(builder.fsub(m, _constant(1.0)), builder.fadd(m, _constant(1.0)))
        square = builder.fmul(s, s)
        series, power = [_constant(1.0 / (2 * term + 1)) for term in range(1, _TERMS + 1)], square
        while len(series) > 1:  # neighbours two by two: a short chain of operations, where Horner's would be long
            pairs = [builder.fadd(a, builder.fmul(power, b)) for a, b in zip(series[::2], series[1::2], strict=False)]
            series = pairs + series[2 * len(pairs) :]
            power = builder.fmul(power, power)
        twice = builder.fadd(s, s)
        log_m = builder.fadd(twice, builder.fmul(twice, builder.fmul(square, series[0])))
        return builder.fadd(builder.fmul(e, _constant(float(np.log(2.0)))), log_m)

    return LANES_TYPE(a), code


_LOG2_E = float(np.log2(np.e))
_LN2 = float.fromhex("0x1.62e42feep-1"), 1.9082149292705877e-10  # of few bits, so that products with it are exact; rest
_ROUND = 1.5 * 2.0**52  # added to a number it leaves the nearest whole one in the last bits
_POWERS = 14  # of the series below: the first one left out is under 1e-17


@intrinsic
def exponential(typing, a):
    """Return e to the power of eight numbers from -700 to 700, within 2 units in the last place; 0 below -700.

    x = n log 2 + r with |r| <= log 2 / 2; e**x = 2**n (1 + r + r^2/2 + r^3/6 + ...).
    """

    def code(context, builder, signature, args):
        shifted = builder.fadd(builder.fmul(args[0], _constant(_LOG2_E)), _constant(_ROUND))
        n, r = builder.fsub(shifted, _constant(_ROUND)), args[0]
        for part in _LN2:
            r = builder.fsub(r, builder.fmul(n, _constant(part)))
        square = builder.fmul(r, r)
        series, power = [_constant(1.0 / factorial(term)) for term in range(2, _POWERS)], r
        while len(series) > 1:
            pairs = [builder.fadd(a, builder.fmul(power, b)) for a, b in zip(series[::2], series[1::2], strict=False)]
            series = pairs + series[2 * len(pairs) :]
            power = builder.fmul(power, power)
        near = builder.fadd(_constant(1.0), builder.fadd(r, builder.fmul(square, series[0])))
        scale = builder.shl(builder.add(builder.bitcast(shifted, _BITS), _constant(1023, _BITS)), _constant(52, _BITS))
        value = builder.fmul(near, builder.bitcast(scale, _REAL))
        return builder.select(builder.fcmp_ordered("<", args[0], _constant(-700.0)), _constant(0.0), value)

    return LANES_TYPE(a), code
