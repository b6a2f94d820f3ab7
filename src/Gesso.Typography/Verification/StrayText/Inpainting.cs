using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Scene;

namespace Gesso.Typography.Verification.StrayText;

/// <summary>
/// Paints over parts of a picture with what is around them: colours go on smoothly from the rim (the harmonic function with the rim's values, as a soap film
/// spans a wire), and the grain of a piece nearby lies over them, so that the patch is neither streaked nor too clean.
/// </summary>
public static class Inpainting
{
    /// <summary>How far around a hole its rim, grain and noise are taken from, in pixels.</summary>
    private const int Surroundings = 24;

    private const int SmoothRadius = 6;
    private const int Sweeps = 60;
    private const float Relaxation = 1.8f;
    private const float MostSigmas = 4;

    /// <param name="picture">Any.</param>
    /// <param name="mask">One channel of the same size; above 0 is painted over.</param>
    /// <returns>A picture whose pixels outside the mask are the same bits.</returns>
    public static RasterImage Fill(RasterImage picture, RasterImage mask)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(mask);
        if (mask.Size != picture.Size || mask.Channels != 1)
            throw GessoException.Invalid("bad_mask", $"A mask has one channel and the size of its picture ({picture.Size}); got {mask.Channels} and {mask.Size}.");
        byte[] pixels = (byte[])picture.Pixels.Clone();
        foreach (var hole in Holes(mask))
            FillOne(picture, mask, hole, pixels);
        return new RasterImage(picture.Width, picture.Height, picture.Channels, pixels);
    }

    private static void FillOne(RasterImage picture, RasterImage mask, PixelBox hole, byte[] pixels)
    {
        var box = hole.Grow(Surroundings, picture);
        var known = Plane.Channel(mask, 0, box).Map(m => m > 0 ? 0f : 1f);
        if (known.Values.All(k => k == 0))
            throw GessoException.Invalid("nothing_around", "The mask covers the whole picture: there is nothing to fill it from.");
        var (dx, dy) = GrainSource(known, hole, box);
        for (int c = 0; c < picture.Channels; c++)
        {
            var channel = Plane.Channel(picture, c, box);
            double sigma = Grain.Sigma(channel, known);
            var smooth = Smoothing.KeepingEdges(channel, known, SmoothRadius, 3 * sigma);
            var filled = Harmonic(smooth, known);
            float most = (float)(MostSigmas * sigma);
            for (int y = 0; y < box.Height; y++)
            {
                for (int x = 0; x < box.Width; x++)
                {
                    if (known[x, y] > 0)
                        continue;
                    var (gx, gy) = (Mirror(x + dx, box.Width), Mirror(y + dy, box.Height));
                    float grain = known[gx, gy] > 0 ? Math.Clamp(channel[gx, gy] - smooth[gx, gy], -most, most) : 0;
                    pixels[((box.Y + y) * picture.Width + box.X + x) * picture.Channels + c] = (byte)Math.Clamp(Math.Round(filled[x, y] + grain), 0, 255);
                }
            }
        }
    }

    /// <summary>The shift at which most of the hole lies on known pixels: their grain is the hole's.</summary>
    private static (int X, int Y) GrainSource(Plane known, PixelBox hole, PixelBox box)
    {
        (int, int) best = (0, 0);
        int most = -1;
        int width = hole.Width + 2, height = hole.Height + 2;
        foreach (var (dx, dy) in new[] { (0, -height), (0, height), (-width, 0), (width, 0), (width, height), (-width, height), (width, -height), (-width, -height) })
        {
            int count = 0;
            for (int y = hole.Y - box.Y; y < hole.Bottom - box.Y; y++)
            {
                for (int x = hole.X - box.X; x < hole.Right - box.X; x++)
                {
                    if (known[x, y] == 0 && known[Mirror(x + dx, box.Width), Mirror(y + dy, box.Height)] > 0)
                        count++;
                }
            }
            if (count > most)
                (best, most) = ((dx, dy), count);
        }
        return best;
    }

    /// <summary>Back and forth within a length.</summary>
    private static int Mirror(int at, int length)
    {
        int period = Math.Max(1, 2 * length - 2);
        int folded = (at % period + period) % period;
        return folded < length ? folded : period - folded;
    }

    /// <summary>Solves Laplace's equation in the unknown pixels, on a pyramid: far pixels agree on the coarse levels, near ones on the fine.</summary>
    private static Plane Harmonic(Plane values, Plane known)
    {
        var result = new Plane(values.Width, values.Height, (float[])values.Values.Clone());
        if (Math.Min(values.Width, values.Height) >= 4 && known.Values.Contains(0))
        {
            var (coarse, coarseKnown) = Halve(values, known);
            if (coarseKnown.Values.Any(k => k > 0))
            {
                coarse = Harmonic(coarse, coarseKnown);
                Start(result, known, (x, y) => coarse.At((x + 0.5) / 2, (y + 0.5) / 2));
            }
        }
        else
        {
            float mean = values.Values.Zip(known.Values, (v, k) => v * k).Sum() / Math.Max(1, known.Values.Sum());
            Start(result, known, (_, _) => mean);
        }
        for (int sweep = 0; sweep < Sweeps; sweep++)
            Relax(result, known);
        return result;
    }

    private static void Start(Plane result, Plane known, Func<int, int, float> value)
    {
        for (int y = 0; y < result.Height; y++)
        {
            for (int x = 0; x < result.Width; x++)
            {
                if (known[x, y] == 0)
                    result[x, y] = value(x, y);
            }
        }
    }

    /// <summary>Successive over-relaxation; at the picture's border there is one neighbour less.</summary>
    private static void Relax(Plane p, Plane known)
    {
        for (int y = 0; y < p.Height; y++)
        {
            for (int x = 0; x < p.Width; x++)
            {
                if (known[x, y] > 0)
                    continue;
                float sum = 0;
                int count = 0;
                if (x > 0)
                    (sum, count) = (sum + p[x - 1, y], count + 1);
                if (x < p.Width - 1)
                    (sum, count) = (sum + p[x + 1, y], count + 1);
                if (y > 0)
                    (sum, count) = (sum + p[x, y - 1], count + 1);
                if (y < p.Height - 1)
                    (sum, count) = (sum + p[x, y + 1], count + 1);
                p[x, y] += Relaxation * (sum / count - p[x, y]);
            }
        }
    }

    private static (Plane Values, Plane Known) Halve(Plane values, Plane known)
    {
        int width = (values.Width + 1) / 2, height = (values.Height + 1) / 2;
        Plane coarse = new(width, height), coarseKnown = new(width, height);
        for (int y = 0; y < values.Height; y++)
        {
            for (int x = 0; x < values.Width; x++)
            {
                if (known[x, y] == 0)
                    continue;
                coarse[x / 2, y / 2] += values[x, y];
                coarseKnown[x / 2, y / 2]++;
            }
        }
        for (int i = 0; i < coarse.Values.Length; i++)
        {
            if (coarseKnown.Values[i] > 0)
                (coarse.Values[i], coarseKnown.Values[i]) = (coarse.Values[i] / coarseKnown.Values[i], 1);
        }
        return (coarse, coarseKnown);
    }

    /// <summary>Boxes of connected parts of the mask.</summary>
    private static List<PixelBox> Holes(RasterImage mask)
    {
        List<PixelBox> holes = [];
        bool[] seen = new bool[mask.Pixels.Length];
        Stack<int> open = new();
        for (int start = 0; start < seen.Length; start++)
        {
            if (seen[start] || mask.Pixels[start] == 0)
                continue;
            int left = int.MaxValue, top = int.MaxValue, right = 0, bottom = 0;
            seen[start] = true;
            open.Push(start);
            while (open.TryPop(out int at))
            {
                int x = at % mask.Width, y = at / mask.Width;
                (left, right, top, bottom) = (Math.Min(left, x), Math.Max(right, x), Math.Min(top, y), Math.Max(bottom, y));
                if (x > 0)
                    Visit(at - 1);
                if (x < mask.Width - 1)
                    Visit(at + 1);
                if (y > 0)
                    Visit(at - mask.Width);
                if (y < mask.Height - 1)
                    Visit(at + mask.Width);
            }
            holes.Add(new PixelBox(left, top, right - left + 1, bottom - top + 1));
        }
        return holes;

        void Visit(int at)
        {
            if (seen[at] || mask.Pixels[at] == 0)
                return;
            seen[at] = true;
            open.Push(at);
        }
    }
}
