using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Gesso.Typography.Shaping;

namespace Gesso.Typography.Tests.Shaping;

public sealed class BidiTests
{
    private const string UnicodeFile = "/usr/share/unicode/BidiCharacterTest.txt";

    [Theory]
    [InlineData("abc", "000")]
    [InlineData("אבג", "111")]
    [InlineData("אב 12 ab", "11122122")]
    [InlineData("ab אב 12", "00011122")]
    [InlineData("ب 1,5%", "112221")]
    [InlineData("א(b)ג", "11211")]
    [InlineData("a(ב)c", "00100")]
    [InlineData("1 + 2 = ג", "211121111")]
    public void Levels_are_those_of_the_standard(string text, string expected) => Assert.Equal(expected, string.Concat(Bidi.Levels(text, -1, out _)));

    [Fact]
    public void Visual_order_reverses_what_runs_from_right_to_left() =>
        Assert.Equal([0, 1, 5, 3, 4, 2, 6], Bidi.VisualOrder([0, 0, 1, 2, 2, 1, 0]));

    [Fact]
    public void Levels_and_order_are_those_of_the_Unicode_conformance_test()
    {
        Assert.SkipUnless(File.Exists(UnicodeFile), $"{UnicodeFile} is missing (Debian package unicode-data).");
        int cases = 0;
        List<string> wrong = [];
        foreach (string line in File.ReadLines(UnicodeFile))
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            string[] fields = line.Split(';');
            int[] points = [.. fields[0].Split(' ').Select(hex => int.Parse(hex, NumberStyles.AllowHexSpecifier))];
            int direction = int.Parse(fields[1]);
            byte[] levels = Bidi.Levels(points, direction == 2 ? -1 : direction, out byte paragraph);
            string[] expected = fields[3].Split(' ');
            string text = string.Concat(points.Select(char.ConvertFromUtf32));
            byte[] reset = points.All(p => p < 0x10000) ? levels : [.. levels];
            if (points.All(p => p < 0x10000))
                Bidi.ResetBlanks(text, 0, reset, paragraph);
            cases++;
            bool same = paragraph == int.Parse(fields[2]);
            List<int> kept = [];
            for (int i = 0; i < points.Length; i++)
            {
                if (expected[i] == "x")
                    continue;
                kept.Add(i);
                same &= reset[i] == int.Parse(expected[i]);
            }
            var order = Bidi.VisualOrder([.. kept.Select(i => reset[i])]).Select(k => kept[k]);
            same &= order.SequenceEqual(fields[4].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse));
            if (!same)
                wrong.Add(line);
        }

        Assert.True(cases > 90_000, $"{cases} cases");
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {cases} are wrong: {string.Join("\n", wrong.Take(5))}");
    }

    [Fact]
    public void Order_is_that_of_ICU_where_it_is_installed()
    {
        var icu = IcuBidi.TryLoad();
        Assert.SkipWhen(icu is null, "libicuuc is not installed.");
        int[] alphabet = [.. "ab אב ابج 12 ١٢ ()[],.+-$%/ \téक".Select(c => (int)c), 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069, 0x200F];
        var random = new Random(20260);
        for (int n = 0; n < 20_000; n++)
        {
            var text = new StringBuilder();
            int length = random.Next(1, 24);
            for (int i = 0; i < length; i++)
                text.Append((char)alphabet[random.Next(alphabet.Length)]);
            string sample = text.ToString();
            byte[] ours = Bidi.Levels(sample, -1, out byte paragraph);
            Bidi.ResetBlanks(sample, 0, ours, paragraph);
            byte[] theirs = icu!.Levels(sample);
            // rule X9 leaves the level of embeddings open, and ICU calls everything even that looks alike
            int[] kept = [.. Enumerable.Range(0, sample.Length).Where(i => sample[i] is not (>= '\u202A' and <= '\u202E'))];
            Assert.True(
                Bidi.VisualOrder([.. kept.Select(i => ours[i])]).SequenceEqual(Bidi.VisualOrder([.. kept.Select(i => theirs[i])])),
                $"{string.Join(' ', sample.Select(c => $"{(int)c:X4}"))}: ours {string.Concat(ours)}, ICU's {string.Concat(theirs)}");
        }
    }

    /// <summary>ubidi of the system's ICU, whatever its version.</summary>
    private sealed unsafe class IcuBidi(nint library, int version)
    {
        public static IcuBidi? TryLoad()
        {
            for (int version = 60; version < 90; version++)
            {
                if (NativeLibrary.TryLoad($"libicuuc.so.{version}", out nint library))
                    return new IcuBidi(library, version);
            }
            return null;
        }

        public byte[] Levels(string text)
        {
            var open = (delegate* unmanaged<nint>)Function("ubidi_open");
            var close = (delegate* unmanaged<nint, void>)Function("ubidi_close");
            var set = (delegate* unmanaged<nint, char*, int, byte, byte*, int*, void>)Function("ubidi_setPara");
            var levels = (delegate* unmanaged<nint, int*, byte*>)Function("ubidi_getLevels");
            nint bidi = open();
            try
            {
                int error = 0;
                fixed (char* chars = text)
                {
                    set(bidi, chars, text.Length, 0xFE, null, &error);                       // UBIDI_DEFAULT_LTR
                    byte* result = levels(bidi, &error);
                    Assert.True(error <= 0, $"ICU error {error}");
                    return new ReadOnlySpan<byte>(result, text.Length).ToArray();
                }
            }
            finally
            {
                close(bidi);
            }
        }

        private nint Function(string name) => NativeLibrary.GetExport(library, $"{name}_{version}");
    }
}
