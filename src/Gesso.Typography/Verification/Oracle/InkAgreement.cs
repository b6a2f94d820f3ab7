using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Scene;

namespace Gesso.Typography.Verification.Oracle;

/// <summary>How well two drawings of the same text agree, after one was moved onto the other.</summary>
/// <param name="Iou">
/// Σ min(a, b) / Σ max(a, b) over all pixels, a and b the coverage 0 … 1: intersection over union for soft edges. 1 is the same ink; both empty is 1.
/// </param>
/// <param name="ShiftX">How far the second drawing was moved to the right, in pixels of the first.</param>
/// <param name="ShiftY">Down.</param>
public sealed record InkAgreement(double Iou, double ShiftX, double ShiftY)
{
    private const int WholeSteps = 3;

    /// <summary>
    /// Best agreement over shifts: the second's centre of ink is laid on the first's, then every whole shift within three pixels of there is tried, then halves,
    /// quarters and so on around the best. Renderers place the same outline at different origins; the shapes and distances of letters are what is compared.
    /// </summary>
    /// <param name="first">Coverage, one channel: 255 is ink.</param>
    /// <param name="second">Coverage, of any size.</param>
    /// <param name="finer">
    /// How many times larger the second is drawn. Then a shift by parts of a pixel is a sum over other parts of it and exact; with 1 it is bilinear, which softens
    /// edges and costs some agreement.
    /// </param>
    public static InkAgreement Between(RasterImage first, RasterImage second, int finer = 1)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Channels != 1 || second.Channels != 1)
            throw GessoException.Invalid("bad_mask", $"Ink masks have one channel; got {first.Channels} and {second.Channels}.");
        if (finer is < 1 or > 64)
            throw GessoException.Invalid("out_of_range", $"Finer: expected 1 to 64, got {finer}.");
        var a = Plane.Luma(first);
        if (Centre(first) is not { } here || Centre(second) is not { } there)
            return new InkAgreement(first.Pixels.Concat(second.Pixels).All(v => v == 0) ? 1 : 0, 0, 0);
        var b = new FineInk(second, finer);
        var centred = new InkAgreement(0, b.Snap(here.X - there.X / finer, whole: finer == 1), b.Snap(here.Y - there.Y / finer, whole: finer == 1));
        var best = Best(a, b, centred, 1, finer == 1 ? WholeSteps : 1);
        for (double step = 0.5; step >= b.Step; step /= 2)
            best = Best(a, b, best, step, 1);
        return best;
    }

    private static InkAgreement Best(Plane a, FineInk b, InkAgreement around, double step, int steps)
    {
        var best = new InkAgreement(-1, around.ShiftX, around.ShiftY);
        for (int dy = -steps; dy <= steps; dy++)
        {
            for (int dx = -steps; dx <= steps; dx++)
            {
                double x = around.ShiftX + dx * step, y = around.ShiftY + dy * step;
                double iou = Overlap(a, b, x, y);
                if (iou > best.Iou)
                    best = new InkAgreement(iou, x, y);
            }
        }
        return best;
    }

    private static double Overlap(Plane a, FineInk b, double shiftX, double shiftY)
    {
        int left = Math.Min(0, (int)Math.Floor(shiftX)), right = Math.Max(a.Width, (int)Math.Ceiling(b.Width + shiftX));
        int top = Math.Min(0, (int)Math.Floor(shiftY)), bottom = Math.Max(a.Height, (int)Math.Ceiling(b.Height + shiftY));
        double least = 0, most = 0;
        float[] theirs = new float[right - left];
        for (int y = top; y < bottom; y++)
        {
            b.Row(left - shiftX, y - shiftY, theirs);
            var ours = y >= 0 && y < a.Height ? a.Values.AsSpan(y * a.Width, a.Width) : [];
            for (int i = 0; i < theirs.Length; i++)
            {
                float va = i + left >= 0 && i + left < ours.Length ? ours[i + left] : 0, vb = theirs[i];
                least += Math.Min(va, vb);
                most += Math.Max(va, vb);
            }
        }
        return most == 0 ? 1 : least / most;
    }

    private static ScenePoint? Centre(RasterImage ink)
    {
        long sum = 0, sx = 0, sy = 0;
        for (int y = 0; y < ink.Height; y++)
        {
            long row = 0;
            var values = ink.Pixels.AsSpan(y * ink.Width, ink.Width);
            for (int x = 0; x < values.Length; x++)
            {
                row += values[x];
                sx += values[x] * (long)x;
            }
            sum += row;
            sy += row * y;
        }
        return sum == 0 ? null : new ScenePoint((double)sx / sum + 0.5, (double)sy / sum + 0.5);
    }
}
