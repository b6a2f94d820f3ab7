using System.Reflection;
using Gesso.Contracts.Errors;
using HarfBuzzSharp;
using SkiaSharp;
using HbFont = HarfBuzzSharp.Font;

namespace Gesso.Typography.Fonts;

/// <summary>
/// An opened font: one mapping of its bytes, seen by HarfBuzz (which places glyphs) and by Skia (which draws them). It does not change, so threads share it;
/// <see cref="FontLibrary"/> owns it.
/// </summary>
public sealed class FontFace : IDisposable
{
    private static int s_alive;

    private readonly SKData _data;
    private readonly Blob _blob;
    private readonly Face _face;
    private bool _disposed;

    private FontFace(FontEntry entry, SKData data, SKTypeface typeface, int weight)
    {
        Entry = entry;
        Weight = weight;
        _data = data;
        Typeface = typeface;
        _blob = new Blob(data.Data, (int)data.Size, MemoryMode.ReadOnly);
        _face = new Face(_blob, entry.FaceIndex);
        Shaper = new HbFont(_face);
        Shaper.SetFunctionsOpenType();
        UnitsPerEm = _face.UnitsPerEm;
        HasColors = _face.HasColorPng || _face.HasColorLayers;
        if (entry.WeightRange is not null)
            Shaper.SetVariations([new Variation { Tag = Tag.Parse("wght"), Value = weight }]);
        using var font = typeface.ToFont(MeasuringSize, 1, 0);
        var metrics = font.Metrics;
        Ascent = -metrics.Ascent / MeasuringSize;
        Descent = metrics.Descent / MeasuringSize;
        LineGap = Math.Max(metrics.Leading, 0) / MeasuringSize;
        CapHeight = metrics.CapHeight > 0 ? metrics.CapHeight / MeasuringSize : 0.7f;
        Interlocked.Increment(ref s_alive);
    }

    private const float MeasuringSize = 1000;

    public FontEntry Entry { get; }

    /// <summary>What was asked of a variable font, or what the font has.</summary>
    public int Weight { get; }

    /// <summary>Above the baseline, in ems.</summary>
    public float Ascent { get; }

    /// <summary>Below the baseline, in ems.</summary>
    public float Descent { get; }

    public float LineGap { get; }

    public float CapHeight { get; }

    public string Title => Entry.Title;

    /// <summary>Its glyphs are pictures with colours of their own: emoji.</summary>
    public bool HasColors { get; }

    internal static int Alive => s_alive;

    internal int UnitsPerEm { get; }

    internal HbFont Shaper { get; }

    internal SKTypeface Typeface { get; }

    /// <summary>Whether its character map has the character.</summary>
    public bool Covers(int codePoint) => Shaper.TryGetNominalGlyph((uint)codePoint, out uint glyph) && glyph != 0;

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Shaper.Dispose();
        _face.Dispose();
        _blob.Dispose();
        Typeface.Dispose();
        _data.Dispose();
        Interlocked.Decrement(ref s_alive);
    }

    /// <exception cref="GessoException"><c>font_unreadable</c></exception>
    internal static FontFace Open(FontEntry entry, int weight)
    {
        var data = entry.Source == FontSource.Bundled ? Bundled(entry.File) : SKData.Create(entry.File);
        var typeface = data is null ? null : SKTypeface.FromData(data, entry.FaceIndex);
        if (data is null || typeface is null)
        {
            data?.Dispose();
            throw GessoException.Invalid("font_unreadable", $"{entry.File} cannot be opened as a font: expected an undamaged TTF, OTF or TTC file.");
        }
        if (entry.WeightRange is { } range)
        {
            weight = (int)Math.Clamp(weight, range.Least, range.Most);
            var varied = typeface.Clone([new SKFontVariationPositionCoordinate { Axis = WeightAxis, Value = weight }]);
            typeface.Dispose();
            typeface = varied;
        }
        else
        {
            weight = entry.Weight;
        }
        return new FontFace(entry, data, typeface, weight);
    }

    private static uint WeightAxis => Tag.Parse("wght");

    /// <summary>The bytes inside the program itself: nothing is copied.</summary>
    private static unsafe SKData Bundled(string name)
    {
        var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name) ?? throw GessoException.Bug("font_missing", $"The bundled font {name} is missing.");
        if (stream is UnmanagedMemoryStream mapped)
            return SKData.Create((nint)mapped.PositionPointer, (int)mapped.Length);
        using (stream)
            return SKData.Create(stream);
    }
}
