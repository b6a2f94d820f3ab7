namespace Gesso.Formats.Tests.Decoding;

internal static class SameBits
{
    /// <summary>Equal bit for bit, signs of zeros included; where NaN is expected any NaN will do, since IEEE 754 leaves its payload open.</summary>
    public static void Assert(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Xunit.Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var same = BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]);
            if (!same && !(float.IsNaN(expected[i]) && float.IsNaN(actual[i])))
                Xunit.Assert.Fail($"{what}: element {i} is {actual[i]:g9}, expected {expected[i]:g9}.");
        }
    }
}
