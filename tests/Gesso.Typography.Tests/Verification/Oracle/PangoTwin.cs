using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Layout;
using Gesso.Typography.Rendering;
using Gesso.Typography.Verification.Oracle;

namespace Gesso.Typography.Tests.Verification.Oracle;

/// <summary>A line that the renderer laid, drawn again by Pango in the same fonts; levels, order, joining and places are Pango's own.</summary>
internal sealed class PangoTwin
{
    private const int Finer = 8;

    /// <summary>Cairo's surfaces end at 32,767 pixels; some are for ink beyond the advances.</summary>
    private const int Widest = 31_000;

    private static readonly Dictionary<string, string> Unpacked = [];

    private static readonly Lazy<string> Folder = new(() =>
    {
        string folder = Directory.CreateTempSubdirectory("gesso-pango-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    });

    private readonly (string Text, string Font)[] _parts;
    private readonly string[] _files;

    private readonly string? _language;

    /// <summary>Width of the line.</summary>
    private readonly float _ems;

    /// <summary>
    /// Units of the finest of its fonts: Pango rounds advances to pixels, and with one for each unit that loses nothing. Fewer where the line would be too wide: there
    /// letters drift by what is rounded.
    /// </summary>
    private readonly int _em;

    /// <param name="language">Of the line's layer.</param>
    public PangoTwin(LaidOutLine line, string? language)
    {
        _language = language;
        _parts = [.. line.Shaped.Runs.OrderBy(run => run.Item.Start).Select(run => (line.Source.Text[run.Item.Start..run.Item.End], Description(run.Face)))];
        _files = [.. line.Shaped.Runs.Select(run => FileOf(run.Face.Entry)).Distinct()];
        _ems = line.Shaped.Advance;
        _em = Math.Min(line.Shaped.Runs.Max(run => run.Face.UnitsPerEm), (int)(Widest / _ems));
    }

    private int Shrink => Math.Max(1, _em / 1024);

    private double Size => (double)_em / Shrink / Finer;

    /// <summary>Ours and Pango's at an em of about 128 pixels: at small ones two ways of smoothing edges differ, and layout is the same at every size.</summary>
    /// <param name="layer">Of that line alone.</param>
    public InkAgreement Agreement(TextRenderer renderer, TextLayer layer) => InkAgreement.Between(Ours(renderer, layer), Draw(_em, Shrink), Finer);

    /// <summary>The letters' coverage that Pango's is compared with.</summary>
    public RasterImage Ours(TextRenderer renderer, TextLayer layer) =>
        renderer.RenderFlat(layer with { Size = Size, Color = InkColor.Black, Region = new BoxRegion(0, 0, 30_000, 3 * Size) }).Coverage;

    /// <summary>Pango's, at the size of <see cref="Ours"/>.</summary>
    public RasterImage Theirs() => Draw(_em, Shrink * Finer);

    /// <summary>Pango's at any size.</summary>
    public RasterImage At(int size)
    {
        int finer = Math.Clamp((int)(Widest / (_ems * size)), 1, Finer);
        return Draw(finer * size, finer);
    }

    private RasterImage Draw(int em, int shrink) => PangoRenderer.Mask(_parts, _files, em, shrink, _language);

    private static string Description(FontFace face) => $"{face.Entry.Families[0]}{(face.Entry.Weight >= 600 ? " Bold" : "")}";

    /// <summary>Bundled fonts are inside the program; Pango wants files.</summary>
    private static string FileOf(FontEntry font)
    {
        if (font.Source != FontSource.Bundled)
            return font.File;
        if (!Unpacked.TryGetValue(font.File, out string? file))
        {
            file = Path.Combine(Folder.Value, Path.GetFileName(font.File));
            using var bundled = typeof(FontLibrary).Assembly.GetManifestResourceStream(font.File)!;
            using var copy = File.Create(file);
            bundled.CopyTo(copy);
            Unpacked.Add(font.File, file);
        }
        return file;
    }
}
