namespace Gesso.Typography.Planning;

/// <summary>Places by intent: safe margins, larger boxes for what is read first, no overlaps.</summary>
internal static class PlannedBoxes
{
    /// <summary>What printers cut and screens round off.</summary>
    private const double Margin = 0.06;

    private const double Gap = 0.02;

    public static PlannedBox[] For(PromptIntent intent, PlannedRole[] roles, int[] ranks)
    {
        int[] order = [.. Enumerable.Range(0, roles.Length).OrderBy(i => ranks[i])];
        var boxes = new PlannedBox[roles.Length];
        switch (intent)
        {
            case PromptIntent.Sign or PromptIntent.Packaging:
                Stack(order, roles, boxes, new PlannedBox(0.08, 0.1, 0.84, 0.8));
                break;
            case PromptIntent.Ui:
                Split(order, roles, boxes, r => r is PlannedRole.Button, new PlannedBox(Margin, Margin, 1 - 2 * Margin, 0.66), new PlannedBox(0.2, 0.76, 0.6, 0.18));
                break;
            case PromptIntent.Infographic:
                Columns(order, roles, boxes);
                break;
            case PromptIntent.Poster:
                Split(
                    order, roles, boxes, r => r is not (PlannedRole.Title or PlannedRole.Subtitle),
                    new PlannedBox(Margin, Margin, 1 - 2 * Margin, 0.32), new PlannedBox(Margin, 0.74, 1 - 2 * Margin, 0.2));
                break;
            default:
                Split(
                    order, roles, boxes, r => r is PlannedRole.Caption or PlannedRole.Body,
                    new PlannedBox(Margin, Margin, 1 - 2 * Margin, 0.3), new PlannedBox(Margin, 0.78, 1 - 2 * Margin, 0.16));
                break;
        }
        return boxes;
    }

    private static void Split(int[] order, PlannedRole[] roles, PlannedBox[] boxes, Func<PlannedRole, bool> below, PlannedBox upper, PlannedBox lower)
    {
        Stack([.. order.Where(i => !below(roles[i]))], roles, boxes, upper);
        Stack([.. order.Where(i => below(roles[i]))], roles, boxes, lower);
    }

    /// <summary>One below the other, each as high as its role weighs.</summary>
    private static void Stack(int[] order, PlannedRole[] roles, PlannedBox[] boxes, PlannedBox area)
    {
        if (order.Length == 0)
            return;
        double gap = Math.Min(Gap, area.Height / (4 * order.Length)), y = area.Y;
        double room = area.Height - gap * (order.Length - 1), sum = order.Sum(i => Share(roles[i]));
        foreach (int i in order)
        {
            double height = room * Share(roles[i]) / sum;
            boxes[i] = new PlannedBox(area.X, y, area.Width, height);
            y += height + gap;
        }
    }

    /// <summary>Title and subtitle across, the rest in two columns in reading order.</summary>
    private static void Columns(int[] order, PlannedRole[] roles, PlannedBox[] boxes)
    {
        int[] heads = [.. order.Where(i => roles[i] is PlannedRole.Title or PlannedRole.Subtitle)];
        int[] cells = [.. order.Except(heads)];
        double top = Margin;
        if (heads.Length > 0)
        {
            Stack(heads, roles, boxes, new PlannedBox(Margin, Margin, 1 - 2 * Margin, 0.16));
            top = Margin + 0.16 + 2 * Gap;
        }
        int rows = (cells.Length + 1) / 2;
        double width = (1 - 2 * Margin - 2 * Gap) / 2, height = rows == 0 ? 0 : (1 - Margin - top - Gap * (rows - 1)) / rows;
        for (int k = 0; k < cells.Length; k++)
            boxes[cells[k]] = new PlannedBox(Margin + k % 2 * (width + 2 * Gap), top + k / 2 * (height + Gap), width, height);
    }

    private static double Share(PlannedRole role) => role switch
    {
        PlannedRole.Title or PlannedRole.Sign => 5,
        PlannedRole.Price => 3,
        PlannedRole.Subtitle or PlannedRole.Label or PlannedRole.Button => 2,
        PlannedRole.Body => 3,
        _ => 1,
    };
}
