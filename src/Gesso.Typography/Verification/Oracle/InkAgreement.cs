using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Scene;

namespace Gesso.Typography.Verification.Oracle;

/// <summary>How well two drawings of the same text agree, after one was moved onto the other.</summary>
/// <param name="Iou">
/// Σ min(a, b) / Σ max(a, b) over all pixels, a and b the coverage 0 … 1: intersection over union for soft edges. 1 is the same ink; both empty is 1.
/// </param>
/// <param name="ShiftX">How far the second drawing was moved to the right, in pixels, to a quarter.</param>
/// <param name="ShiftY">Down.</param>
public sealed record InkAgreement(double Iou, double ShiftX, double ShiftY)
{
    private const double Fine = 0.25;
    private const int Search = 3;

    /// <summary>
    /// Best agreement over shifts: the second's centre of ink is laid on the first's, then every whole shift within three pixels of there is tried, then quarters
    /// of a pixel around the best. Renderers place the same outline at different origins; the shapes and distances of letters are what is compared.
    /// </summary>
    /// <param name="first">Coverage, one channel: 255 is ink.</param>
    /// <param name="second">Coverage, of any size.</param>
    public static InkAgreement Between(RasterImage first, RasterImage second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Channels != 1 || second.Channels != 1)
            throw GessoException.Invalid("bad_mask", $"Ink masks have one channel; got {first.Channels} and {second.Channels}.");
        Plane a = Plane.Luma(first), b = Plane.Luma(second);
        if (Centre(a) is not { } here || Centre(b) is not { } there)
            return new InkAgreement(a.Values.Concat(b.Values).All(v => v == 0) ? 1 : 0, 0, 0);
        double x = Math.Round(here.X - there.X), y = Math.Round(here.Y - there.Y);
        var whole = Best(a, b, x, y, 1, Search);
        return Best(a, b, whole.ShiftX, whole.ShiftY, Fine, (int)(1 / Fine));
    }

    private static InkAgreement Best(Plane a, Plane b, double x, double y, double step, int steps)
    {
        var best = new InkAgreement(-1, x, y);
        for (int dy = -steps; dy <= steps; dy++)
        {
            for (int dx = -steps; dx <= steps; dx++)
            {
                double iou = Overlap(a, b, x + dx * step, y + dy * step);
                if (iou > best.Iou)
                    best = new InkAgreement(iou, x + dx * step, y + dy * step);
            }
        }
        return best;
    }

    private static double Overlap(Plane a, Plane b, double shiftX, double shiftY)
    {
        int left = Math.Min(0, (int)Math.Floor(shiftX)), right = Math.Max(a.Width, b.Width + (int)Math.Ceiling(shiftX));
        int top = Math.Min(0, (int)Math.Floor(shiftY)), bottom = Math.Max(a.Height, b.Height + (int)Math.Ceiling(shiftY));
        double least = 0, most = 0;
        for (int y = top; y < bottom; y++)
        {
            for (int x = left; x < right; x++)
            {
                float va = x >= 0 && y >= 0 && x < a.Width && y < a.Height ? a[x, y] : 0;
                float vb = Shifted(b, x - shiftX, y - shiftY);
                least += Math.Min(va, vb);
                most += Math.Max(va, vb);
            }
        }
        return most == 0 ? 1 : least / most;
    }

    /// <summary>Bilinear, nothing outside.</summary>
    private static float Shifted(Plane p, double x, double y)
    {
        int x0 = (int)Math.Floor(x), y0 = (int)Math.Floor(y);
        float fx = (float)(x - x0), fy = (float)(y - y0);
        float Texel(int tx, int ty) => tx >= 0 && ty >= 0 && tx < p.Width && ty < p.Height ? p[tx, ty] : 0;
        if (fx == 0 && fy == 0)
            return Texel(x0, y0);
        float upper = Texel(x0, y0) * (1 - fx) + Texel(x0 + 1, y0) * fx;
        float lower = Texel(x0, y0 + 1) * (1 - fx) + Texel(x0 + 1, y0 + 1) * fx;
        return upper * (1 - fy) + lower * fy;
    }

    private static ScenePoint? Centre(Plane p)
    {
        double sum = 0, sx = 0, sy = 0;
        for (int y = 0; y < p.Height; y++)
        {
            for (int x = 0; x < p.Width; x++)
            {
                sum += p[x, y];
                sx += p[x, y] * x;
                sy += p[x, y] * y;
            }
        }
        return sum == 0 ? null : new ScenePoint(sx / sum, sy / sum);
    }
}
