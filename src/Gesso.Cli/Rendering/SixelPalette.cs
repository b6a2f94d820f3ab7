using Gesso.Contracts.Images;

namespace Gesso.Cli.Rendering;

/// <summary>
/// Up to 256 colours for one picture. Few colours are kept exactly; more are reduced by median cut (Heckbert, "Color image quantization for frame
/// buffer display", 1982) on a histogram of 5 bits per channel. No dithering: noise would cost runs and shows more than the bands of 256 colours.
/// </summary>
internal sealed class SixelPalette
{
    private const int MaxColors = 256;
    private const int Bins = 1 << 15;

    private readonly List<(byte Red, byte Green, byte Blue)> _colors = [];
    private readonly Dictionary<int, byte>? _exact;
    private readonly byte[]? _ofBin;

    private SixelPalette(Dictionary<int, byte> exact)
    {
        _exact = exact;
        foreach (int color in exact.OrderBy(pair => pair.Value).Select(pair => pair.Key))
            _colors.Add(((byte)(color >> 16), (byte)(color >> 8), (byte)color));
    }

    private SixelPalette(RasterImage image)
    {
        var counts = new long[Bins];
        var sums = new (long Red, long Green, long Blue)[Bins];
        for (int i = 0; i < image.Pixels.Length; i += 3)
        {
            (byte r, byte g, byte b) = (image.Pixels[i], image.Pixels[i + 1], image.Pixels[i + 2]);
            int bin = Bin(r, g, b);
            counts[bin]++;
            sums[bin] = (sums[bin].Red + r, sums[bin].Green + g, sums[bin].Blue + b);
        }
        _ofBin = new byte[Bins];
        foreach (List<int> box in Cut([.. Enumerable.Range(0, Bins).Where(bin => counts[bin] > 0)], counts))
        {
            (long red, long green, long blue, long count) = (0, 0, 0, 0);
            foreach (int bin in box)
            {
                _ofBin[bin] = (byte)_colors.Count;
                (red, green, blue, count) = (red + sums[bin].Red, green + sums[bin].Green, blue + sums[bin].Blue, count + counts[bin]);
            }
            _colors.Add(((byte)(red / count), (byte)(green / count), (byte)(blue / count)));
        }
    }

    public int Count => _colors.Count;

    public static SixelPalette Of(RasterImage image)
    {
        var exact = new Dictionary<int, byte>();
        for (int i = 0; i < image.Pixels.Length; i += 3)
        {
            int color = (image.Pixels[i] << 16) | (image.Pixels[i + 1] << 8) | image.Pixels[i + 2];
            if (exact.ContainsKey(color))
                continue;
            if (exact.Count == MaxColors)
                return new SixelPalette(image);
            exact.Add(color, (byte)exact.Count);
        }
        return new SixelPalette(exact);
    }

    /// <summary>Colour <paramref name="index"/> as Sixel writes it: 0 … 100 per channel.</summary>
    public (int Red, int Green, int Blue) Percent(int index)
    {
        static int Of(byte value) => (value * 100 + 127) / 255;
        (byte red, byte green, byte blue) = _colors[index];
        return (Of(red), Of(green), Of(blue));
    }

    /// <summary>One palette index per pixel.</summary>
    public byte[] Map(RasterImage image)
    {
        byte[] indices = new byte[image.Width * image.Height];
        for (int i = 0; i < indices.Length; i++)
        {
            (byte r, byte g, byte b) = (image.Pixels[i * 3], image.Pixels[i * 3 + 1], image.Pixels[i * 3 + 2]);
            indices[i] = _exact is null ? _ofBin![Bin(r, g, b)] : _exact[(r << 16) | (g << 8) | b];
        }
        return indices;
    }

    private static int Bin(byte red, byte green, byte blue) => (red >> 3 << 10) | (green >> 3 << 5) | (blue >> 3);

    /// <summary>Splits the box with the most pixels × extent at its median until there are 256 or nothing is left to split.</summary>
    private static List<List<int>> Cut(List<int> bins, long[] counts)
    {
        List<List<int>> done = [];
        var queue = new PriorityQueue<(List<int> Bins, int Shift), double>();
        void Add(List<int> box)
        {
            (int shift, int extent) = Widest(box);
            if (extent == 0)
                done.Add(box);
            else
                queue.Enqueue((box, shift), -(double)extent * box.Sum(bin => counts[bin]));
        }
        Add(bins);
        while (queue.Count > 0 && queue.Count + done.Count < MaxColors)
        {
            (List<int> box, int shift) = queue.Dequeue();
            box.Sort((a, b) => Level(a, shift) != Level(b, shift) ? Level(a, shift).CompareTo(Level(b, shift)) : a.CompareTo(b));
            long half = box.Sum(bin => counts[bin]) / 2;
            long passed = counts[box[0]];
            int cut = 1;
            while (cut < box.Count - 1 && passed + counts[box[cut]] <= half)
                passed += counts[box[cut++]];
            Add(box[..cut]);
            Add(box[cut..]);
        }
        done.AddRange(queue.UnorderedItems.Select(item => item.Element.Bins).OrderBy(box => box.Min()));
        return done;
    }

    private static (int Shift, int Extent) Widest(List<int> box)
    {
        (int Shift, int Extent) widest = (0, -1);
        foreach (int shift in (ReadOnlySpan<int>)[5, 10, 0]) // green first: equal extents are split where the eye sees most
        {
            int extent = box.Max(bin => Level(bin, shift)) - box.Min(bin => Level(bin, shift));
            if (extent > widest.Extent)
                widest = (shift, extent);
        }
        return widest;
    }

    private static int Level(int bin, int shift) => (bin >> shift) & 31;
}
