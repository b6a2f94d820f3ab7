using System.Text;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Shaping;

namespace Gesso.Typography.Layout;

/// <summary>Distances of lines in ems.</summary>
internal sealed class LineSpacing
{
    // what designers set when nobody says otherwise: tight for large words, airy for running text
    private const double Display = 1.12;
    private const double Running = 1.35;
    private const double CjkDisplay = 1.3;
    private const double CjkRunning = 1.6;
    private const double LeastGap = 0.04;

    private readonly bool _given;

    public LineSpacing(TextLayer layer, FontFace first, IReadOnlyList<ShapedParagraph> paragraphs)
    {
        CapHeight = first.CapHeight;
        Baselines = Natural(layer, paragraphs);
        _given = layer.Leading is not null;
    }

    /// <summary>Of the first font: what lines are centred by.</summary>
    public double CapHeight { get; }

    /// <summary>Between baselines, or between the middles of columns.</summary>
    public double Baselines { get; }

    /// <summary>Between two lines: never so near that their ink touches, unless the document says so.</summary>
    public double Between(ShapedLine above, ShapedLine below) => _given ? Baselines : Math.Max(Baselines, above.Bottom + below.Top + LeastGap);

    private static double Natural(TextLayer layer, IReadOnlyList<ShapedParagraph> paragraphs)
    {
        if (layer.Leading is { } given)
            return given;
        bool display = layer.Role is not (TextRole.Body or TextRole.Caption);
        var items = paragraphs.SelectMany(p => p.Items).ToList();
        double leading = display ? Display : Running;
        if (items.Any(item => Scripts.IsCjk(item.Script)))
            leading = display ? CjkDisplay : CjkRunning;
        foreach (var item in items.Where(item => Scripts.IsTall(item.Script)))
            leading = Math.Max(leading, item.Face.Ascent + item.Face.Descent + item.Face.LineGap);
        return leading;
    }
}
