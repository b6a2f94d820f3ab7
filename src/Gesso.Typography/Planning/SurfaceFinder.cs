using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Scene;

namespace Gesso.Typography.Planning;

/// <summary>
/// Gives layers in the scene that have no region their place: the picture's most plausible plate, shared out among them as a sign's texts are, in the order of
/// the document.
/// </summary>
public static class SurfaceFinder
{
    /// <summary>The document in pixels of the picture; itself where every layer has a region.</summary>
    /// <exception cref="GessoException">Refused: <c>no_plate</c>, and that a quad is to be given.</exception>
    public static TextDocument FillIn(TextDocument document, RasterImage picture)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(picture);
        document.Validate();
        TextLayer[] open = [.. document.Layers.Where(layer => layer.Region is OpenRegion)];
        if (open.Length == 0)
            return document;
        var finding = PlateDetector.Find(picture);
        if (finding.Quad is not { } plate)
        {
            throw GessoException.Refused(
                "no_plate", $"No surface was found for {string.Join(", ", open.Select(layer => $"\"{layer.Id}\""))}. {finding.Reason} In the document they are the layer's region: {{ \"quad\": [[x, y], …] }}.");
        }
        var boxes = PlannedBoxes.For(PromptIntent.Sign, [.. open.Select(layer => Enum.Parse<PlannedRole>(layer.Role.ToString()))], [.. Enumerable.Range(0, open.Length)]);
        var filled = document.For(picture.Size);
        for (int i = 0; i < open.Length; i++)
            filled = filled.With(filled.Layer(open[i].Id) with { Region = On(plate, boxes[i]) });
        return filled;
    }

    /// <summary>A part of a plate.</summary>
    internal static QuadRegion On(Quad plate, PlannedBox box)
    {
        var surface = new PlaneSurface(plate);
        TextPoint At(double u, double v)
        {
            var point = surface.Place(new ScenePoint(u, v));
            return new TextPoint(point.X, point.Y);
        }
        return new QuadRegion([At(box.X, box.Y), At(box.Right, box.Y), At(box.Right, box.Bottom), At(box.X, box.Bottom)]);
    }

    /// <summary>A band of a label, from edge to edge.</summary>
    internal static CylinderRegion On(Cylinder label, PlannedBox box)
    {
        var c = label.Ends.Corners;
        TextPoint Between(int from, int to, double v)
        {
            var point = c[from] + (c[to] - c[from]) * v;
            return new TextPoint(point.X, point.Y);
        }
        double Sag(double v) => (label.TopSag + (label.BottomSag - label.TopSag) * v) / box.Height;
        return new CylinderRegion(
            [Between(0, 3, box.Y), Between(1, 2, box.Y), Between(1, 2, box.Bottom), Between(0, 3, box.Bottom)],
            label.ArcDegrees,
            Math.Clamp(Sag(box.Y), -CylinderRegion.MostSag, CylinderRegion.MostSag),        // a low band on a label seen from far above: a little less bent than it
            Math.Clamp(Sag(box.Bottom), -CylinderRegion.MostSag, CylinderRegion.MostSag));
    }
}
