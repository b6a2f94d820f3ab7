using Gesso.Typography.Document;
using Gesso.Typography.Layout;
using SkiaSharp;

namespace Gesso.Typography.Rendering;

/// <summary>A layer's dress → the inks that are laid, the lowest first: shadows, glow and outlines, letters, light on them.</summary>
internal static class LayerInks
{
    // Weights of neon: a wide and a narrow glow, a saturated rim, a core that is nearly white, as overexposed tubes are seen.
    private const double WideGlow = 0.75;
    private const double NarrowGlow = 0.9;
    private const double CoreWhiteness = 0.82;

    /// <summary>With a plate below where contrast needs one.</summary>
    public static List<Ink> Of(PreparedLayer prepared, Legibility dress, SKRectI clip)
    {
        var layout = prepared.Layout;
        var inks = Make(prepared.Outlines, prepared.Letters, layout.Size, dress.Color, layout.Layer, dress.Effects, clip);
        if (dress.Plate is { } plate)
            inks.Insert(0, new Ink(Plates(layout, clip), plate));
        return inks;
    }

    /// <param name="outlines">In pixels of the picture.</param>
    /// <param name="size">Of the em in pixels.</param>
    /// <param name="color">Of the letters (<see cref="Core"/> where they glow).</param>
    /// <param name="effects">The document's, and what contrast needs.</param>
    /// <param name="letters">Their coverage.</param>
    private static List<Ink> Make(
        GlyphOutlines outlines, MaskPlane letters, double size, InkColor color, TextLayer layer, IReadOnlyList<TextEffect> effects, SKRectI clip)
    {
        double opacity = layer.Opacity;
        List<Ink> below = [], above = [];
        var face = new Ink(letters, Faded(color, opacity));
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case ShadowEffect shadow:
                    below.Add(new Ink(Shadow(outlines.Path, shadow, size, clip), Faded(shadow.Color, opacity)));
                    break;
                case StrokeEffect stroke:
                    below.Add(new Ink(MaskPlane.Stroke(outlines.Path, (float)(stroke.Width * size), clip), Faded(stroke.Color, opacity)));
                    break;
                case NeonEffect neon:
                    below.AddRange(Glow(outlines.Path, neon.On(layer), neon.Radius * size, opacity, clip));
                    break;
                case EmbossEffect emboss:
                    above.AddRange(Emboss(outlines.Path, letters, emboss, size, opacity, clip));
                    break;
                case PrintEffect print:
                    face = new Ink(Worn(letters, print.Wear, size), face.Color, InkBlend.Multiply);
                    break;
            }
        }
        List<Ink> inks = [.. below, face, .. above];
        if (outlines.DrawPictures(clip, Faded(color with { Alpha = 255 }, opacity).Alpha) is { } pictures)
            inks.Add(pictures);
        return inks;
    }

    /// <summary>A rounded plate behind each line; those of neighbours flow together.</summary>
    private static MaskPlane Plates(LayerLayout layout, SKRectI clip)
    {
        using var builder = new SKPathBuilder();
        float margin = (float)(layout.Size * 0.35), radius = (float)(layout.Size * 0.25);
        foreach (var line in layout.Lines.Where(line => line.Text.Length > 0))
        {
            var (left, top) = (line.Corners.Min(c => c.X), line.Corners.Min(c => c.Y));
            var (right, bottom) = (line.Corners.Max(c => c.X), line.Corners.Max(c => c.Y));
            builder.AddRoundRect(new SKRect((float)left - margin, (float)top - margin, (float)right + margin, (float)bottom + margin), radius, radius, SKPathDirection.Clockwise);
        }
        using var path = builder.Detach();
        return MaskPlane.Fill(path, clip);
    }

    private static InkColor Faded(InkColor color, double opacity) => color with { Alpha = (byte)Math.Round(color.Alpha * opacity) };

    /// <summary>Of glowing letters.</summary>
    public static InkColor Core(InkColor color)
    {
        byte Mix(byte value) => (byte)Math.Round(value + (255 - value) * CoreWhiteness);
        return new InkColor(Mix(color.Red), Mix(color.Green), Mix(color.Blue), color.Alpha);
    }

    private static MaskPlane Shadow(SKPath path, ShadowEffect shadow, double size, SKRectI clip)
    {
        using var moved = new SKPath(path);
        moved.Transform(SKMatrix.CreateTranslation((float)(shadow.Dx * size), (float)(shadow.Dy * size)));
        return MaskPlane.Blur(moved, (float)(shadow.Blur * size), clip);
    }

    private static IEnumerable<Ink> Glow(SKPath path, InkColor color, double width, double opacity, SKRectI clip)
    {
        float radius = (float)width;
        yield return new Ink(MaskPlane.Blur(path, radius, clip), Faded(color, opacity * WideGlow), InkBlend.Screen);
        yield return new Ink(MaskPlane.Blur(path, radius / 3, clip), Faded(color, opacity * NarrowGlow), InkBlend.Screen);
        yield return new Ink(MaskPlane.Stroke(path, Math.Max(radius / 20, 0.5f), clip), Faded(color, opacity));
    }

    /// <summary>
    /// The letters' blurred coverage is taken for a height; where its slope looks to the light it is lighter, on the other side darker. Both stay inside the
    /// letters.
    /// </summary>
    private static IEnumerable<Ink> Emboss(SKPath path, MaskPlane letters, EmbossEffect emboss, double size, double opacity, SKRectI clip)
    {
        if (letters.IsEmpty)
            yield break;
        float depth = (float)Math.Max(emboss.Depth * size, 0.7);
        var height = MaskPlane.Blur(path, depth / 2, clip);
        var (light, shade) = (new MaskPlane(letters.Bounds), new MaskPlane(letters.Bounds));
        double angle = emboss.Angle * Math.PI / 180, lx = Math.Cos(angle), ly = -Math.Sin(angle);
        double gain = emboss.Strength * depth * 1.6 / 255;
        for (int y = letters.Bounds.Top; y < letters.Bounds.Bottom; y++)
        {
            for (int x = letters.Bounds.Left; x < letters.Bounds.Right; x++)
            {
                int coverage = letters.At(x, y);
                if (coverage == 0)
                    continue;
                double dx = height.At(x + 1, y) - height.At(x - 1, y), dy = height.At(x, y + 1) - height.At(x, y - 1);
                double facing = Math.Clamp(-(dx * lx + dy * ly) / 2 * gain, -1, 1);
                (facing > 0 ? light : shade).Row(y)[x - letters.Bounds.Left] = (byte)(Math.Abs(facing) * coverage);
            }
        }
        yield return new Ink(light, Faded(InkColor.White, opacity));
        yield return new Ink(shade, Faded(InkColor.Black, opacity));
    }

    /// <summary>Ink that wears off in specks: smooth noise above a threshold that grows with the wear. The same place wears the same way each time.</summary>
    private static MaskPlane Worn(MaskPlane letters, double wear, double size)
    {
        if (wear <= 0)
            return letters;
        var worn = new MaskPlane(letters.Bounds);
        double cell = Math.Max(size / 18, 1.5);
        for (int y = letters.Bounds.Top; y < letters.Bounds.Bottom; y++)
        {
            var from = letters.Row(y);
            var to = worn.Row(y);
            for (int x = 0; x < from.Length; x++)
            {
                if (from[x] == 0)
                    continue;
                double noise = 0.65 * Noise((x + letters.Bounds.Left) / cell, y / cell) + 0.35 * Noise((x + letters.Bounds.Left) / cell * 3, y / cell * 3);
                double kept = Math.Clamp((noise - wear * 0.75) * 6 + 0.5, 0, 1);
                to[x] = (byte)Math.Round(from[x] * kept);
            }
        }
        return worn;
    }

    /// <summary>Value noise, 0 … 1.</summary>
    private static double Noise(double x, double y)
    {
        double fx = Math.Floor(x), fy = Math.Floor(y), tx = Smooth(x - fx), ty = Smooth(y - fy);
        double top = Lerp(Lattice(fx, fy), Lattice(fx + 1, fy), tx), bottom = Lerp(Lattice(fx, fy + 1), Lattice(fx + 1, fy + 1), tx);
        return Lerp(top, bottom, ty);

        static double Smooth(double t) => t * t * (3 - 2 * t);
        static double Lerp(double a, double b, double t) => a + (b - a) * t;
        static double Lattice(double x, double y)
        {
            uint h = unchecked((uint)(int)x * 374761393u + (uint)(int)y * 668265263u);
            h = unchecked((h ^ h >> 13) * 1274126177u);
            return (h ^ h >> 16) / (double)uint.MaxValue;
        }
    }
}
