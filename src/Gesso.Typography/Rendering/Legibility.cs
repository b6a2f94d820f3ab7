using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Layout;

namespace Gesso.Typography.Rendering;

/// <summary>How well a layer can be told from what is below it.</summary>
/// <param name="Ratio">WCAG contrast where it is worst (of 90 % of the pixels around the letters), 1 … 21; null: the ground is transparent.</param>
/// <param name="Required">3 for large letters, 4.5 for others.</param>
/// <param name="Help">What was added for it: nothing, an outline, a plate.</param>
public sealed record ContrastFinding(double? Ratio, double Required, ContrastHelp Help)
{
    public bool IsEnough => Ratio is not { } ratio || ratio >= Required - 0.005;
}

public enum ContrastHelp
{
    None,
    Outline,
    Plate,
}

/// <summary>The luminance of what is below a layer: nearly its darkest and nearly its lightest places.</summary>
internal readonly record struct Ground(double Dark, double Light)
{
    private const double Tail = 0.05;
    private const int MostSamples = 20_000;
    private const int LeastSamples = 16;
    private const int Bins = 1024;

    /// <summary>Around the letters, as far as their lines reach. Null: nothing opaque is there.</summary>
    public static Ground? Below(LayerLayout layout, RasterImage picture)
    {
        int[] histogram = new int[Bins];
        int total = 0;
        var areas = layout.Lines.Select(line => Area(line, picture)).Where(a => a.Right > a.Left && a.Bottom > a.Top).ToList();
        long pixels = areas.Sum(a => (long)(a.Right - a.Left) * (a.Bottom - a.Top));
        int step = Math.Max(1, (int)Math.Sqrt(pixels / (double)MostSamples));
        foreach (var area in areas)
        {
            for (int y = area.Top; y < area.Bottom; y += step)
            {
                for (int x = area.Left; x < area.Right; x += step)
                {
                    var pixel = picture.Pixels.AsSpan((y * picture.Width + x) * picture.Channels, picture.Channels);
                    if (picture.Channels == 4 && pixel[3] < 128)
                        continue;
                    histogram[(int)(new InkColor(pixel[0], pixel[1], pixel[2]).Luminance * (Bins - 1) + 0.5)]++;
                    total++;
                }
            }
        }
        return total < LeastSamples ? null : new Ground(Quantile(histogram, total * Tail), Quantile(histogram, total * (1 - Tail)));
    }

    /// <summary>The worse of the contrasts with both ends.</summary>
    public double Contrast(InkColor color) => Math.Min(InkColor.Contrast(color.Luminance, Dark), InkColor.Contrast(color.Luminance, Light));

    private static (int Left, int Top, int Right, int Bottom) Area(LaidOutLine line, RasterImage picture) => (
        (int)Math.Clamp(line.Corners.Min(c => c.X), 0, picture.Width), (int)Math.Clamp(line.Corners.Min(c => c.Y), 0, picture.Height),
        (int)Math.Ceiling(Math.Clamp(line.Corners.Max(c => c.X), 0, picture.Width)), (int)Math.Ceiling(Math.Clamp(line.Corners.Max(c => c.Y), 0, picture.Height)));

    private static double Quantile(int[] histogram, double rank)
    {
        double seen = 0;
        for (int i = 0; i < histogram.Length; i++)
        {
            seen += histogram[i];
            if (seen > rank)
                return i / (double)(Bins - 1);
        }
        return 1;
    }
}

/// <summary>The colour that letters take, and what is put below them where no colour is enough.</summary>
internal sealed record Legibility(InkColor Color, IReadOnlyList<TextEffect> Effects, InkColor? Plate, ContrastFinding Finding)
{
    private const double DisplayRatio = 3;
    private const double BodyRatio = 4.5;
    private const double DisplaySize = 32;
    private const double BoldDisplaySize = 24;
    private const int BoldWeight = 700;
    private const double OutlineWidth = 0.06;
    private const double LeastPlate = 0.45;
    private const double SafetyFactor = 1.02;

    private static InkColor Dark { get; } = new(17, 17, 17);

    public static Legibility Of(LayerLayout layout, RasterImage? picture)
    {
        var layer = layout.Layer;
        double required = layout.Size >= DisplaySize || (layout.Size >= BoldDisplaySize && layer.Font.Weight >= BoldWeight) ? DisplayRatio : BodyRatio;
        var ground = picture is null ? null : Ground.Below(layout, picture);
        if (Given(layer) is { } given)
            return new Legibility(given, layer.Effects, null, new ContrastFinding(ground is { } g ? Measured(given, layer.Effects, g) : null, required, ContrastHelp.None));
        if (ground is not { } below)
            return new Legibility(Dark, layer.Effects, null, new ContrastFinding(null, required, ContrastHelp.None));
        bool white = below.Contrast(InkColor.White) >= below.Contrast(Dark) && !layer.Effects.Any(e => e is PrintEffect); // white ink multiplied is none
        var color = white ? InkColor.White : Dark;
        double ratio = Measured(color, layer.Effects, below);
        if (ratio >= required)
            return new Legibility(color, layer.Effects, null, new ContrastFinding(ratio, required, ContrastHelp.None));
        var opposite = color == InkColor.White ? Dark : InkColor.White;
        if (required == DisplayRatio)
        {
            var outlined = new StrokeEffect(OutlineWidth, opposite);
            return new Legibility(
                color, [.. layer.Effects, outlined], null, new ContrastFinding(InkColor.Contrast(color.Luminance, opposite.Luminance), required, ContrastHelp.Outline));
        }
        for (double strength = LeastPlate; ; strength = Math.Min(strength + 0.05, 1))
        {
            var plate = opposite with { Alpha = (byte)Math.Round(255 * strength) };
            double reached = Math.Min(OnPlate(color, plate, below.Dark), OnPlate(color, plate, below.Light));
            if (reached >= required * SafetyFactor || strength >= 1)
                return new Legibility(color, layer.Effects, plate, new ContrastFinding(reached, required, ContrastHelp.Plate));
        }
    }

    /// <summary>The document's colour; glowing letters have that of their tubes.</summary>
    private static InkColor? Given(TextLayer layer) => layer.Effects.OfType<NeonEffect>().LastOrDefault() is { } neon ? LayerInks.Core(neon.On(layer)) : layer.Color;

    /// <summary>With the outlines that the document gives the letters; glow makes no edge and is not counted. Printing ink only darkens what is below.</summary>
    private static double Measured(InkColor color, IReadOnlyList<TextEffect> effects, Ground ground)
    {
        double Printed(double below) => InkColor.Contrast(below * color.Luminance, below);
        double ratio = effects.Any(e => e is PrintEffect) ? Math.Min(Printed(ground.Dark), Printed(ground.Light)) : ground.Contrast(color);
        foreach (var effect in effects)
        {
            if (effect is StrokeEffect { Width: >= 0.03, Color.Alpha: > 200 } stroke)
                ratio = Math.Max(ratio, InkColor.Contrast(color.Luminance, stroke.Color.Luminance));
        }
        return ratio;
    }

    /// <summary>The ground is known by its luminance: it is taken for grey.</summary>
    private static double OnPlate(InkColor color, InkColor plate, double luminance)
    {
        byte grey = Grey(luminance);
        byte mixed = (byte)((plate.Red * plate.Alpha + grey * (255 - plate.Alpha) + 127) / 255);
        return InkColor.Contrast(color.Luminance, InkColor.Linear(mixed));
    }

    private static byte Grey(double luminance) =>
        (byte)Math.Round(255 * LinearLight.Encode(luminance));
}
