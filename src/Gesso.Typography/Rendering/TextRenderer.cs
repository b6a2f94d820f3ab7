using System.Runtime.ExceptionServices;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Layout;
using Gesso.Typography.Verification;
using SkiaSharp;

namespace Gesso.Typography.Rendering;

/// <summary>A picture with its texts.</summary>
/// <param name="Picture">Three channels or, where there was alpha, four.</param>
/// <param name="Layers">In drawing order.</param>
/// <param name="Report">What was checked.</param>
public sealed record TextRendering(RasterImage Picture, IReadOnlyList<RenderedLayer> Layers, LayoutReport Report);

/// <summary>
/// Lays text documents into pictures, drawn last and at the final resolution: flat on top, or onto a surface of the scene. Only what letters and their effects
/// cover is computed and changed; every other pixel stays as it is, bit for bit.
/// </summary>
/// <param name="fonts">Not disposed.</param>
public sealed class TextRenderer(FontLibrary fonts)
{
    private static readonly SKRectI s_unbounded = new(-TextLimits.MostPixelsASide, -TextLimits.MostPixelsASide, 2 * TextLimits.MostPixelsASide, 2 * TextLimits.MostPixelsASide);

    /// <summary>A copy of the picture with the document's layers.</summary>
    /// <exception cref="GessoException">The document is wrong, a font or glyph is missing, or a text does not fit; nothing is drawn then.</exception>
    public TextRendering Render(TextDocument document, RasterImage picture)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(picture);
        document.Validate();
        var clip = new SKRectI(0, 0, picture.Width, picture.Height);
        TextLayer[] ordered = [.. document.For(picture.Size).InDrawingOrder];
        var prepared = Prepare(ordered, clip);
        try
        {
            var ground = Colored(picture);
            var target = new RasterImage(ground.Width, ground.Height, ground.Channels, (byte[])ground.Pixels.Clone());
            List<RenderedLayer> layers = [];
            foreach (var layer in prepared)
            {
                if (layer!.Scene is { } scene)
                {
                    layers.Add(SceneDrawing.Lay(layer, scene, target));
                    continue;
                }
                var drawn = Draw(layer, target, clip);
                foreach (var ink in drawn.Inks)
                    InkCompositor.Lay(ink, target);
                layers.Add(drawn);
            }
            return new TextRendering(target, layers, LayoutChecks.Of(layers, picture.Size));
        }
        finally
        {
            foreach (var layer in prepared)
                layer?.Outlines.Dispose();
        }
    }

    /// <summary>The layers on transparent ground, with exact alpha.</summary>
    public TextRendering RenderTransparent(TextDocument document, ImageSize size) =>
        Render(document, new RasterImage(size.Width, size.Height, 4, new byte[checked(size.Width * size.Height * 4)]));

    /// <summary>
    /// One layer as the flat picture that a scene bends onto a surface: region of a quad or cylinder unrolled, its top left corner at 0, 0. The picture below
    /// is unknown, so an automatic colour is dark unless one is given.
    /// </summary>
    public RenderedLayer RenderFlat(TextLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        layer.Validate("layer");
        var layout = TextLayouter.Layout(layer, fonts);
        SceneDrawing.RequireSize(layer, layout.Extent.Width, layout.Extent.Height);
        using var outlines = GlyphOutlines.Of(layout, SKMatrix.Identity);
        return Draw(new PreparedLayer(layout, outlines, MaskPlane.Fill(outlines.Path, s_unbounded)), null, s_unbounded);
    }

    /// <summary>Where the lines of a layer come to stand, without drawing them.</summary>
    public LayerLayout Layout(TextLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        layer.Validate("layer");
        return TextLayouter.Layout(layer, fonts);
    }

    /// <summary>
    /// Finds out before there is a picture whether a document can be laid into one of that size. Of a layer whose surface is still to be found, that it fits
    /// into the whole picture.
    /// </summary>
    /// <exception cref="GessoException">As <see cref="Render"/>.</exception>
    public void RequireFits(TextDocument document, ImageSize size)
    {
        ArgumentNullException.ThrowIfNull(document);
        document.Validate();
        foreach (var layer in document.For(size).InDrawingOrder)
            _ = TextLayouter.Layout(layer.Region is OpenRegion ? layer with { Region = new BoxRegion(0, 0, size.Width, size.Height) } : layer, fonts);
    }

    /// <summary>What does not depend on the pixels below, for all layers at once. Of several errors the lowest layer's is thrown.</summary>
    private PreparedLayer?[] Prepare(TextLayer[] layers, SKRectI clip)
    {
        var prepared = new PreparedLayer?[layers.Length];
        var errors = new ExceptionDispatchInfo?[layers.Length];
        Parallel.For(0, layers.Length, i =>
        {
            try
            {
                if (layers[i].IsInScene)
                {
                    prepared[i] = SceneDrawing.Prepare(layers[i], fonts);
                    return;
                }
                var layout = TextLayouter.Layout(layers[i], fonts);
                var outlines = GlyphOutlines.Of(layout);
                prepared[i] = new PreparedLayer(layout, outlines, MaskPlane.Fill(outlines.Path, clip));
            }
            catch (GessoException e)
            {
                errors[i] = ExceptionDispatchInfo.Capture(e);
            }
        });
        if (errors.FirstOrDefault(e => e is not null) is { } first)
        {
            foreach (var layer in prepared)
                layer?.Outlines.Dispose();
            first.Throw();
        }
        return prepared;
    }

    private static RenderedLayer Draw(PreparedLayer prepared, RasterImage? picture, SKRectI clip)
    {
        var dress = Legibility.Of(prepared.Layout, picture);
        return new RenderedLayer(prepared.Layout, LayerInks.Of(prepared, dress, clip), prepared.Letters, prepared.Outlines.InkBounds, dress.Color, dress.Finding);
    }

    /// <summary>What text is laid onto: a grey picture as RGB, every other one as it is.</summary>
    public static RasterImage Colored(RasterImage picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (picture.Channels != 1)
            return picture;
        byte[] rgb = new byte[checked(picture.Pixels.Length * 3)];
        for (int i = 0; i < picture.Pixels.Length; i++)
            rgb.AsSpan(3 * i, 3).Fill(picture.Pixels[i]);
        return new RasterImage(picture.Width, picture.Height, 3, rgb);
    }
}
