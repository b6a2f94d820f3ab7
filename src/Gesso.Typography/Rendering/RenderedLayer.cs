using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Layout;
using SkiaSharp;

namespace Gesso.Typography.Rendering;

/// <summary>A layer as pixels: what it would be on transparent ground, where its letters are, and its lines.</summary>
public sealed class RenderedLayer
{
    private RasterImage? _pixels;
    private RasterImage? _coverage;

    internal RenderedLayer(LayerLayout layout, IReadOnlyList<Ink> inks, MaskPlane letters, SKRect inkBounds, InkColor color, ContrastFinding contrast)
    {
        Layout = layout;
        Inks = inks;
        Letters = letters;
        InkBounds = inkBounds;
        Color = color;
        Contrast = contrast;
        var bounds = SKRectI.Empty;
        foreach (var ink in inks.Where(ink => !ink.Mask.IsEmpty))
            bounds = bounds.IsEmpty ? ink.Mask.Bounds : SKRectI.Union(bounds, ink.Mask.Bounds);
        Bounds = bounds;
    }

    public TextLayer Layer => Layout.Layer;

    public LayerLayout Layout { get; }

    public IReadOnlyList<LaidOutLine> Lines => Layout.Lines;

    /// <summary>Of the letters: the document's, or what was chosen.</summary>
    public InkColor Color { get; }

    public ContrastFinding Contrast { get; }

    /// <summary>Left edge of <see cref="Pixels"/> and <see cref="Coverage"/> in the picture.</summary>
    public int Left => Bounds.Left;

    public int Top => Bounds.Top;

    public int Width => Bounds.Width;

    public int Height => Bounds.Height;

    /// <summary>Nothing of it lies inside the picture.</summary>
    public bool IsEmpty => Bounds.IsEmpty;

    /// <summary>RGBA with straight alpha, all inks on transparent ground. Inks that multiply or screen with the picture are plain here.</summary>
    public RasterImage Pixels
    {
        get
        {
            if (_pixels is null)
            {
                var pixels = new RasterImage(Math.Max(Width, 1), Math.Max(Height, 1), 4, new byte[Math.Max(Width, 1) * Math.Max(Height, 1) * 4]);
                foreach (var ink in Inks)
                    InkCompositor.Lay(ink, pixels, Left, Top);
                _pixels = pixels;
            }
            return _pixels;
        }
    }

    /// <summary>How much of each pixel the letters themselves cover, without their effects; one channel, of the size of <see cref="Pixels"/>.</summary>
    public RasterImage Coverage
    {
        get
        {
            if (_coverage is null)
            {
                byte[] bytes = new byte[Math.Max(Width, 1) * Math.Max(Height, 1)];
                for (int y = Letters.Bounds.Top; y < Letters.Bounds.Bottom; y++)
                    Letters.Row(y).CopyTo(bytes.AsSpan((y - Top) * Width + Letters.Bounds.Left - Left));
                _coverage = new RasterImage(Math.Max(Width, 1), Math.Max(Height, 1), 1, bytes);
            }
            return _coverage;
        }
    }

    internal SKRectI Bounds { get; }

    internal IReadOnlyList<Ink> Inks { get; }

    internal MaskPlane Letters { get; }

    /// <summary>Of letters and emoji, before the picture's edge cut them.</summary>
    internal SKRect InkBounds { get; }
}
