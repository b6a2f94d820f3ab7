using Gesso.Typography.Document;
using Gesso.Typography.Shaping;

namespace Gesso.Typography.Layout;

/// <summary>Lines with their baselines, in ems from the top of the block (columns: middles, from the right).</summary>
internal sealed record FlowedBlock(IReadOnlyList<FlowedLine> Lines, double Across)
{
    /// <param name="width">Of the region, in ems.</param>
    /// <param name="height">Of the region, in ems.</param>
    /// <returns>Null: it does not fit.</returns>
    public static FlowedBlock? TryFlow(IReadOnlyList<ShapedParagraph> paragraphs, TextLayer layer, LineSpacing spacing, double width, double height)
    {
        bool vertical = layer.Mode == WritingMode.Vertical;
        var (along, across) = vertical ? (height, width) : (width, height);
        bool running = layer.Role is TextRole.Body or TextRole.Caption && layer.Align is TextAlign.Start or TextAlign.Justify;
        List<FlowedLine> lines = [];
        double at = 0;
        for (int p = 0; p < paragraphs.Count; p++)
        {
            if (LineFill.Ends(paragraphs[p], along, running) is not { } ends)
                return null;
            for (int i = 0; i < ends.Count; i++)
            {
                var shaped = paragraphs[p].Line(i == 0 ? 0 : ends[i - 1], ends[i]);
                if (shaped.Needed > along)
                    return null;
                if (lines.Count > 0)
                    at += vertical ? spacing.Baselines : spacing.Between(lines[^1].Shaped, shaped);
                else
                    at = vertical ? 0.5 : Math.Max(spacing.CapHeight, shaped.Top);
                lines.Add(new FlowedLine(p, paragraphs[p], shaped, at, IsLast: i == ends.Count - 1));
            }
        }
        double total = at + (vertical ? 0.5 : lines[^1].Shaped.Bottom);
        return total <= across ? new FlowedBlock(lines, total) : null;
    }
}

/// <param name="Paragraph">0-based.</param>
/// <param name="At">Baseline below the block's top, or a column's middle left of its right side.</param>
/// <param name="IsLast">Of its paragraph: it is not justified.</param>
internal readonly record struct FlowedLine(int Paragraph, ShapedParagraph Source, ShapedLine Shaped, double At, bool IsLast);
