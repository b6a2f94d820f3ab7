using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Rendering;
using Gesso.Typography.Tests;
using Gesso.Typography.Tests.Verification.Oracle;
using Gesso.Typography.Verification.Oracle;

namespace Gesso.Benchmarks.Proofs;

/// <summary>A line of a script: drawn by the renderer on white, cream or dark, in two weights and six sizes, and drawn again by Pango in the same fonts.</summary>
internal sealed class ProofLine
{
    public static readonly IReadOnlyList<int> Sizes = [14, 20, 28, 40, 64, 120];

    private const int FloorSize = 64;

    private static readonly InkColor[] s_grounds = [new(255, 255, 255), new(245, 236, 215), new(28, 32, 44)];

    private readonly PangoTwin _twin;

    /// <param name="han">For scripts with Han: names their font for all of the line, digits too. Pango moves other fonts beside Han by baselines of its own making.</param>
    public ProofLine(TextRenderer renderer, ProofScript script, int seed, FontFace? han)
    {
        Seed = seed;
        Text = ScriptTexts.Line(script.Name, seed, point => han?.Covers(point) ?? false);
        Size = Sizes[seed % Sizes.Count];
        Layer = new TextLayer
        {
            Id = "line",
            Text = Text,
            Language = script.Language,
            Size = Size,
            Font = new LayerFont(han is null ? [] : [han.Entry.Families[0]], seed / 3 % 2 == 0 ? LayerFont.Regular : LayerFont.Bold),
            Region = new BoxRegion(0, 0, 30_000, Size * 3),
        };
        var corners = renderer.Layout(Layer).Lines[0].Corners;
        int margin = (Size + 1) / 2, width = (int)Math.Ceiling(corners.Max(c => c.X) - corners.Min(c => c.X)) + Size, height = Size * 5 / 2;
        var rendering = renderer.Render(
            new TextDocument { Layers = [Layer with { Region = new BoxRegion(margin, margin, width, height) }] }, Ground(width + 2 * margin, height + 2 * margin, s_grounds[seed % 3]));
        Picture = rendering.Picture;
        Problems = [.. rendering.Report.Layers[0].Problems.Select(p => p.Message), .. rendering.Layers[0].Lines.Count == 1 ? [] : new[] { $"it stands in {rendering.Layers[0].Lines.Count} lines" }];
        _twin = new PangoTwin(rendering.Layers[0].Lines[0], script.Language);
    }

    public int Seed { get; }

    public string Text { get; }

    public int Size { get; }

    public TextLayer Layer { get; }

    /// <summary>The line alone.</summary>
    public RasterImage Picture { get; }

    /// <summary>Invariants that do not hold.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>How much of the ink is Pango's.</summary>
    public InkAgreement Oracle(TextRenderer renderer) => _twin.Agreement(renderer, Layer);

    /// <summary>The letters' coverage that the oracle is asked about.</summary>
    public RasterImage Ours(TextRenderer renderer) => _twin.Ours(renderer, Layer);

    /// <summary>What the oracle draws, at the size of <see cref="Ours"/>.</summary>
    public RasterImage Theirs() => _twin.Theirs();

    /// <summary>Pango's drawing, dark on light, at a size that is comfortable to read.</summary>
    public RasterImage Floor() => Twin(FloorSize);

    /// <summary>Pango's drawing, dark on light, at any em.</summary>
    public RasterImage Twin(int size) => Printed(TwinMask(size));

    /// <summary>Coverage of Pango's drawing at any em.</summary>
    public RasterImage TwinMask(int size) => _twin.At(size);

    /// <summary>Ink of 20 on 250, with air around.</summary>
    private static RasterImage Printed(RasterImage mask)
    {
        const int air = 8;
        int width = mask.Width + 2 * air, height = mask.Height + 2 * air;
        byte[] pixels = new byte[width * height];
        Array.Fill(pixels, (byte)250);
        for (int i = 0; i < mask.Pixels.Length; i++)
            pixels[(i / mask.Width + air) * width + i % mask.Width + air] = (byte)(250 - 230 * mask.Pixels[i] / 255);
        return new RasterImage(width, height, 1, pixels);
    }

    private static RasterImage Ground(int width, int height, InkColor color)
    {
        byte[] pixels = new byte[width * height * 3];
        for (int i = 0; i < pixels.Length; i += 3)
            (pixels[i], pixels[i + 1], pixels[i + 2]) = (color.Red, color.Green, color.Blue);
        return new RasterImage(width, height, 3, pixels);
    }
}
