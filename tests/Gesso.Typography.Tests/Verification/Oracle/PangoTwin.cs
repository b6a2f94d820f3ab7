using System.Text;
using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Layout;
using Gesso.Typography.Rendering;
using Gesso.Typography.Verification;
using Gesso.Typography.Verification.Oracle;

namespace Gesso.Typography.Tests.Verification.Oracle;

/// <summary>A line that the renderer laid, drawn again by Pango in the same fonts; levels, order, joining and places are Pango's own.</summary>
internal sealed class PangoTwin
{
    private const int Finer = 8;

    /// <summary>Cairo's surfaces end at 32,767 pixels; some are for ink beyond the advances.</summary>
    private const int Widest = 31_000;

    private const int UnroundedEm = 1024;

    private static readonly Dictionary<string, string> Unpacked = [];

    /// <summary>libvips draws on several threads, and one that has drawn does not hear of fonts that come later.</summary>
    private static readonly Lazy<bool> AllKnown = new(() =>
    {
        PangoRenderer.Know([.. FontLibrary.Default.Bundled.Concat(FontLibrary.Default.Installed).Select(FileOf).Distinct()]);
        return true;
    });

    /// <summary>In logical order, one for each change of font.</summary>
    private readonly List<(string Text, string Family, bool Bold)> _parts = [];
    private readonly string[] _files;

    private readonly string? _language;
    private readonly LineRoom _room;

    /// <summary>
    /// Pango rounds advances to pixels: of each font its units, or twice as many and more up to those of the finest, for which nothing of it is rounded. Fewer where the
    /// line would be too wide: there letters drift by what is rounded.
    /// </summary>
    private readonly int[] _ems;

    private readonly bool _isExact;

    /// <param name="language">Of the line's layer.</param>
    public PangoTwin(LaidOutLine line, string? language)
    {
        _language = language;
        foreach (var run in line.Shaped.Runs.OrderBy(run => run.Item.Start))
        {
            var part = (Text: line.Source.Text[run.Item.Start..run.Item.End], Family: run.Face.Entry.Families[0], Bold: run.Face.Entry.Weight >= 600);
            if (_parts.Count > 0 && (_parts[^1].Family, _parts[^1].Bold) == (part.Family, part.Bold))
                _parts[^1] = part with { Text = _parts[^1].Text + part.Text };
            else
                _parts.Add(part);
        }
        _ = AllKnown.Value;
        _files = [.. line.Shaped.Runs.Select(run => FileOf(run.Face.Entry)).Distinct()];
        _room = new LineRoom(line.Shaped.Advance, line.Shaped.Top, line.Shaped.Bottom);
        int widest = (int)(Widest / _room.Width), finest = Math.Min(widest, line.Shaped.Runs.Max(run => run.Face.UnitsPerEm));
        _ems = [.. line.Shaped.Runs.Select(run => run.Face.UnitsPerEm).Select(units => units > finest ? finest : finest / units * units).OrderDescending().Distinct()];
        _isExact = line.Shaped.Runs.All(run => run.Face.UnitsPerEm == _ems[0]);
    }

    /// <summary>
    /// Ours and Pango's at an em of 128 pixels and more: at small ones two ways of smoothing edges differ, and layout is the same at every size. The line is drawn as a
    /// whole where nothing is rounded, else with places between pixels, which lays each font's part by itself and leaves ligatures out; where that does not agree, the
    /// other way, too.
    /// </summary>
    /// <param name="layer">Of that line alone.</param>
    public InkAgreement Agreement(TextRenderer renderer, TextLayer layer)
    {
        InkAgreement Whole(int em) => InkAgreement.Between(Ours(renderer, layer, SizeAt(em)), Draw(em, ShrinkAt(em)), Finer);
        InkAgreement ByParts() => InkAgreement.Between(
            Ours(renderer, layer, UnroundedEm / Finer), PangoRenderer.Unrounded(_parts, _files, UnroundedEm, _room, _language), Finer);
        IEnumerable<Func<InkAgreement>> whole = _ems.Select(em => (Func<InkAgreement>)(() => Whole(em)));
        var best = new InkAgreement(-1, 0, 0);
        foreach (var draw in _isExact ? [.. whole, ByParts] : (IEnumerable<Func<InkAgreement>>)[ByParts, .. whole])
        {
            var found = draw();
            if (found.Iou > best.Iou)
                best = found;
            if (best.Iou >= OracleCheck.LeastIou)
                break;
        }
        return best;
    }

    /// <summary>The letters' coverage that Pango's is compared with.</summary>
    public RasterImage Ours(TextRenderer renderer, TextLayer layer) => Ours(renderer, layer, SizeAt(_ems[0]));

    /// <summary>Pango's, at the size of <see cref="Ours"/>.</summary>
    public RasterImage Theirs() => Draw(_ems[0], ShrinkAt(_ems[0]) * Finer);

    /// <summary>
    /// Pango's at any size: drawn several times larger and shrunk, so that advances are rounded to eighths of a pixel. Large letters need not be drawn as many times
    /// larger for their edges to be exact.
    /// </summary>
    public RasterImage At(int size)
    {
        int finer = Math.Clamp(UnroundedEm / 2 / size, 1, Finer);
        return Draw(size * finer, finer);
    }

    private static int ShrinkAt(int em) => Math.Max(1, em / UnroundedEm);

    private static double SizeAt(int em) => (double)em / ShrinkAt(em) / Finer;

    private static RasterImage Ours(TextRenderer renderer, TextLayer layer, double size) =>
        renderer.RenderFlat(layer with { Size = size, Color = InkColor.Black, Region = new BoxRegion(0, 0, 30_000, 3 * size) }).Coverage;

    private RasterImage Draw(int em, int shrink) => PangoRenderer.Mask(_parts, _files, em, shrink, _language);

    /// <summary>Bundled fonts are inside the program; Pango wants files.</summary>
    private static string FileOf(FontEntry font)
    {
        if (font.Source != FontSource.Bundled)
            return font.File;
        if (!Unpacked.TryGetValue(font.File, out string? file))
        {
            file = Path.Combine(PangoRenderer.Folder.Value, Path.GetFileName(font.File));
            using var bundled = typeof(FontLibrary).Assembly.GetManifestResourceStream(font.File)!;
            using var copy = File.Create(file);
            bundled.CopyTo(copy);
            Unpacked.Add(font.File, file);
        }
        return file;
    }
}
