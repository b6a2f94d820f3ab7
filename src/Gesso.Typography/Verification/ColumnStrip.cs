using Gesso.Contracts.Images;
using Gesso.Typography.Layout;
using Gesso.Typography.Scene;
using Gesso.Typography.Shaping;

namespace Gesso.Typography.Verification;

/// <summary>A column laid down: its upright letters one beside the other, what lies on its side turned back.</summary>
/// <param name="column">On its flat page.</param>
internal sealed class ColumnStrip(LaidOutLine column)
{
    private readonly int _em = Math.Max(2, (int)Math.Round(column.Size));

    /// <param name="surface">Where the page is in the picture.</param>
    /// <param name="width">Of the page.</param>
    public RasterImage Cut(RasterImage picture, SceneSurface surface, double width, double height)
    {
        double left = column.Corners.Min(c => c.X), pen = column.Corners.Min(c => c.Y);
        List<RasterImage> pieces = [];
        foreach (var run in column.Shaped.Runs)
        {
            foreach (double advance in Pieces(run))
            {
                double length = run.Item.Upright ? column.Size : advance, from = pen + (advance - length) / 2;
                var part = new SurfacePart(surface, new ScenePoint(left / width, from / height), new ScenePoint((left + column.Size) / width, (from + length) / height));
                int down = run.Item.Upright ? _em : Math.Max(1, (int)Math.Round(length));
                var piece = Rectifier.Rectify(picture, part, new ImageSize(_em, down));
                pieces.Add(run.Item.Upright ? piece : TurnedBack(piece));
                pen += advance;
            }
        }
        return Beside(pieces);
    }

    /// <summary>How far the pen goes for each letter of an upright run, and for all of one that lies on its side.</summary>
    private IEnumerable<double> Pieces(ShapedRun run) => run.Item.Upright
        ? run.Glyphs.GroupBy(glyph => glyph.Cluster).Select(letter => letter.Sum(glyph => glyph.Advance) * column.Size)
        : [run.Advance * column.Size];

    /// <summary>A quarter turn to the left.</summary>
    private static RasterImage TurnedBack(RasterImage piece)
    {
        var turned = new RasterImage(piece.Height, piece.Width, piece.Channels, new byte[piece.Pixels.Length]);
        for (int y = 0; y < turned.Height; y++)
        {
            for (int x = 0; x < turned.Width; x++)
                piece.Pixels.AsSpan((x * piece.Width + piece.Width - 1 - y) * piece.Channels, piece.Channels).CopyTo(turned.Pixels.AsSpan((y * turned.Width + x) * piece.Channels));
        }
        return turned;
    }

    private RasterImage Beside(List<RasterImage> pieces)
    {
        int channels = pieces[0].Channels, width = pieces.Sum(p => p.Width);
        byte[] pixels = new byte[width * _em * channels];
        int at = 0;
        foreach (var piece in pieces)
        {
            for (int y = 0; y < _em; y++)
                piece.Pixels.AsSpan(y * piece.Width * channels, piece.Width * channels).CopyTo(pixels.AsSpan((y * width + at) * channels));
            at += piece.Width;
        }
        return new RasterImage(width, _em, channels, pixels);
    }
}
