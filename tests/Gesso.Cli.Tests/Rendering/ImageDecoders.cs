using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using Gesso.Cli.Rendering;
using Gesso.Contracts.Images;
using SkiaSharp;

namespace Gesso.Cli.Tests.Rendering;

/// <summary>Reads back what the encoders wrote, as a terminal would.</summary>
internal static partial class ImageDecoders
{
    public sealed record Kitty(RasterImage Image, IReadOnlyDictionary<string, string> Keys, int LongestChunk);

    public static Kitty DecodeKitty(string text)
    {
        var base64 = new StringBuilder();
        Dictionary<string, string>? keys = null;
        int longest = 0;
        string more = "1";
        foreach (Match match in KittyEscape().Matches(text))
        {
            Assert.Equal("1", more);
            Dictionary<string, string> these = match.Groups[1].Value.Split(',').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
            keys ??= these;
            more = these["m"];
            Assert.Equal("2", these["q"]);
            string data = match.Groups[2].Value;
            if (more == "1")
                Assert.Equal(0, data.Length % 4);
            longest = Math.Max(longest, data.Length);
            base64.Append(data);
        }
        Assert.Equal("0", more);
        Assert.NotNull(keys);
        using var zlib = new ZLibStream(new MemoryStream(Convert.FromBase64String(base64.ToString())), CompressionMode.Decompress);
        using var pixels = new MemoryStream();
        zlib.CopyTo(pixels);
        int width = int.Parse(keys["s"], CultureInfo.InvariantCulture);
        int height = int.Parse(keys["v"], CultureInfo.InvariantCulture);
        return new Kitty(new RasterImage(width, height, 3, pixels.ToArray()), keys, longest);
    }

    public static (RasterImage Image, IReadOnlyDictionary<string, string> Keys) DecodeITerm(string text)
    {
        Match match = ITermEscape().Match(text);
        Assert.True(match.Success);
        Dictionary<string, string> keys = match.Groups[1].Value.Split(';').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        byte[] png = Convert.FromBase64String(match.Groups[2].Value);
        Assert.Equal(keys["size"], png.Length.ToString(CultureInfo.InvariantCulture));
        using SKBitmap bitmap = SKBitmap.Decode(png);
        byte[] pixels = [.. bitmap.Pixels.SelectMany(pixel => new[] { pixel.Red, pixel.Green, pixel.Blue })];
        return (new RasterImage(bitmap.Width, bitmap.Height, 3, pixels), keys);
    }

    public static RasterImage DecodeSixel(string text)
    {
        Match header = SixelHeader().Match(text);
        Assert.True(header.Success);
        int width = int.Parse(header.Groups[1].Value, CultureInfo.InvariantCulture);
        int height = int.Parse(header.Groups[2].Value, CultureInfo.InvariantCulture);
        byte[] pixels = new byte[width * height * 3];
        bool[] painted = new bool[width * height];
        var palette = new Dictionary<int, (int R, int G, int B)>();
        int color = 0;
        int x = 0;
        int top = 0;
        string body = text[header.Length..^2];
        for (int i = 0; i < body.Length;)
        {
            Match token = SixelToken().Match(body, i);
            Assert.True(token.Success && token.Index == i, $"not Sixel at {i}: {body[i]}");
            i += token.Length;
            int[] numbers = [.. Digits().Matches(token.Value).Select(number => int.Parse(number.Value, CultureInfo.InvariantCulture))];
            switch (token.Value[0])
            {
                case '#' when numbers.Length == 5:
                    palette[numbers[0]] = (numbers[2] * 255 / 100, numbers[3] * 255 / 100, numbers[4] * 255 / 100);
                    break;
                case '#':
                    color = numbers[0];
                    break;
                case '$':
                    x = 0;
                    break;
                case '-':
                    (x, top) = (0, top + 6);
                    break;
                default:
                    int count = token.Value[0] == '!' ? numbers[0] : 1;
                    for (int n = 0; n < count; n++, x++)
                        Paint(token.Value[^1] - '?');
                    break;
            }
        }
        Assert.DoesNotContain(false, painted);
        Assert.InRange(palette.Count, 1, 256);
        return new RasterImage(width, height, 3, pixels);

        void Paint(int bits)
        {
            for (int row = 0; row < 6; row++)
            {
                if ((bits & (1 << row)) == 0)
                    continue;
                int at = (top + row) * width + x;
                Assert.False(painted[at], "a pixel is painted twice");
                painted[at] = true;
                (int r, int g, int b) = palette[color];
                (pixels[at * 3], pixels[at * 3 + 1], pixels[at * 3 + 2]) = ((byte)r, (byte)g, (byte)b);
            }
        }
    }

    /// <summary>Reads a half-block picture off a screen.</summary>
    public static RasterImage DecodeBlocks(ScreenEmulator screen, int line, int columns, int rows)
    {
        byte[] pixels = new byte[columns * rows * 2 * 3];
        for (int row = 0; row < rows; row++)
        {
            for (int x = 0; x < columns; x++)
            {
                ScreenEmulator.Cell cell = screen.At(line + row, x);
                Assert.Equal("▀", cell.Text);
                Color(cell.Foreground).CopyTo(pixels, ((row * 2) * columns + x) * 3);
                Color(cell.Background).CopyTo(pixels, ((row * 2 + 1) * columns + x) * 3);
            }
        }
        return new RasterImage(columns, rows * 2, 3, pixels);
    }

    private static byte[] Color(string code)
    {
        int[] numbers = [.. code.Split(';').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        if (numbers[0] == 2)
            return [.. numbers[1..].Select(number => (byte)number)];
        (byte r, byte g, byte b) = XtermPalette.Color(numbers[1]);
        return [r, g, b];
    }

    [GeneratedRegex("\e_G([^;\e]*);([A-Za-z0-9+/=]*)\e\\\\")]
    private static partial Regex KittyEscape();

    [GeneratedRegex("^\e\\]1337;File=([^:]*):([A-Za-z0-9+/=]*)\a$")]
    private static partial Regex ITermEscape();

    [GeneratedRegex("^\eP0;1;0q\"1;1;(\\d+);(\\d+)")]
    private static partial Regex SixelHeader();

    [GeneratedRegex("#\\d+;2;\\d+;\\d+;\\d+|#\\d+|!\\d+[?-~]|[?-~]|[$-]")]
    private static partial Regex SixelToken();

    [GeneratedRegex("\\d+")]
    private static partial Regex Digits();
}
