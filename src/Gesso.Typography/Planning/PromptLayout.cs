using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Rendering;
using Gesso.Typography.Scene;

namespace Gesso.Typography.Planning;

/// <summary>A prompt's words as a document.</summary>
/// <param name="Note">What is worth knowing about where they went, a sentence; null: nothing.</param>
/// <param name="Elsewhere">The same words free in the picture, where they lie on a surface of it.</param>
public sealed record PromptLayers(TextDocument Document, string? Note = null, TextDocument? Elsewhere = null);

/// <summary>
/// Planned texts → layers: each in its box, as large as it fits, but not larger beside the first one read than its role allows. Colours are left to the picture.
/// </summary>
/// <param name="renderer">Its fonts tell how large a text fits.</param>
public sealed class PromptLayout(TextRenderer renderer)
{
    private const string Overflow = "text_overflow";

    /// <summary>Free in the picture, wherever the plan wants them: needs no picture, so it tells before one is drawn whether fonts and room are there.</summary>
    /// <exception cref="GessoException">A font or glyph is missing, or a text does not fit.</exception>
    public TextDocument Free(PromptPlan plan, ImageSize picture)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var boxes = plan.Texts.Any(text => text.Frame == PlannedFrame.Plate)
            ? PlannedBoxes.For(PromptIntent.Picture, [.. plan.Texts.Select(text => text.Role)], [.. plan.Texts.Select(text => text.Rank)])
            : [.. plan.Texts.Select(text => text.Box)];
        return Document(plan, picture, null, i => new BoxRegion(boxes[i].X * picture.Width, boxes[i].Y * picture.Height, boxes[i].Width * picture.Width, boxes[i].Height * picture.Height));
    }

    /// <summary>Into a picture: words for a sign or label onto the plate that shows in it; where none is sure or large enough, free, with a note.</summary>
    /// <exception cref="GessoException">As <see cref="Free"/>.</exception>
    public PromptLayers Into(PromptPlan plan, RasterImage picture)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(picture);
        if (plan.Texts.All(text => text.Frame == PlannedFrame.Picture))
            return new PromptLayers(Free(plan, picture.Size));
        if (plan.IsRound && CylinderDetector.Find(picture).Cylinder is { } round)
            return On($"The words lie around the surface at {round.Ends}.", $"The surface at {round.Ends}", i => SurfaceFinder.On(round, plan.Texts[i].Box));
        if (PlateDetector.Find(picture).Quad is { } plate)
            return On($"The words lie on the surface at {plate}.", $"The surface at {plate}", i => SurfaceFinder.On(plate, plan.Texts[i].Box));
        return new PromptLayers(Free(plan, picture.Size), "No surface for the words shows in the picture, so they stand free in it.");

        PromptLayers On(string note, string surface, Func<int, LayerRegion> region)
        {
            var free = Free(plan, picture.Size);
            try
            {
                return new PromptLayers(Document(plan, picture.Size, TextBlend.Scene, region), note, free);
            }
            catch (GessoException e) when (e.Code == Overflow)
            {
                return new PromptLayers(free, $"{surface} is too small for the words, so they stand free in the picture.");
            }
        }
    }

    private TextDocument Document(PromptPlan plan, ImageSize size, TextBlend? blend, Func<int, LayerRegion> region)
    {
        var layers = new TextLayer[plan.Texts.Count];
        HashSet<string> names = [];
        double? largest = null;
        foreach (int i in Enumerable.Range(0, layers.Length).OrderBy(i => plan.Texts[i].Rank))
        {
            var text = plan.Texts[i];
            var layer = Dressed(text, NameOf(text.Role, names)) with { Region = region(i), Blend = blend };
            double? most = largest is { } first ? first * MostBeside(text.Role) : MostAtAll(plan.Intent) * Math.Min(size.Width, size.Height);
            if (most is { } limit)
                layer = layer with { MaxSize = Math.Max(layer.MinSize, limit) };
            largest ??= renderer.Layout(layer).Size;
            layers[i] = layer;
        }
        foreach (var layer in layers)
            _ = renderer.Layout(layer);
        return new TextDocument { Canvas = size, Layers = layers };
    }

    private static TextLayer Dressed(PlannedText text, string name)
    {
        bool loud = text.Role is PlannedRole.Title or PlannedRole.Sign or PlannedRole.Price or PlannedRole.Button or PlannedRole.Label;
        bool running = text.Role == PlannedRole.Body;
        return new TextLayer
        {
            Id = name,
            Text = text.Text,
            Role = Enum.Parse<TextRole>(text.Role.ToString()),
            Region = new OpenRegion(),
            Font = new LayerFont([], loud ? LayerFont.Bold : LayerFont.Regular),
            Align = running ? TextAlign.Start : TextAlign.Center,
            VerticalAlign = running ? VerticalAlign.Top : VerticalAlign.Middle,
        };
    }

    private static string NameOf(PlannedRole role, HashSet<string> taken)
    {
        string name = role.ToString().ToLowerInvariant(), free = name;
        for (int i = 2; !taken.Add(free); i++)
            free = $"{name}-{i}";
        return free;
    }

    /// <summary>Of the picture's shorter side, for what is read first; null: as large as it fits, as on a poster.</summary>
    private static double? MostAtAll(PromptIntent intent) => intent switch
    {
        PromptIntent.Ui => 0.09,
        PromptIntent.Infographic => 0.12,
        _ => null,
    };

    /// <summary>Of the size of what is read first.</summary>
    private static double MostBeside(PlannedRole role) => role switch
    {
        PlannedRole.Title or PlannedRole.Sign => 1,
        PlannedRole.Price => 0.8,
        PlannedRole.Subtitle => 0.5,
        PlannedRole.Label or PlannedRole.Button => 0.45,
        PlannedRole.Body => 0.4,
        _ => 0.35,
    };
}
