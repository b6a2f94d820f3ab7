using Gesso.Contracts.Errors;

namespace Gesso.Typography.Document;

/// <summary>A place in the picture, in pixels from its top left corner.</summary>
public readonly record struct TextPoint(double X, double Y);

/// <summary>Where a text stands.</summary>
public abstract record LayerRegion
{
    internal abstract void Validate(string path);

    internal abstract LayerRegion Scaled(double across, double down);

    private protected static void ValidateCorners(IReadOnlyList<TextPoint> corners, string path)
    {
        if (corners.Count != 4)
            throw TextDocumentError.At(path, $"expected four corners, clockwise from the text's top left, got {corners.Count}");
        for (int i = 0; i < 4; i++)
        {
            TextDocumentError.RequireRange($"{path}[{i}][0]", corners[i].X, -TextLimits.MostPosition, TextLimits.MostPosition);
            TextDocumentError.RequireRange($"{path}[{i}][1]", corners[i].Y, -TextLimits.MostPosition, TextLimits.MostPosition);
        }
        for (int i = 0; i < 4; i++)
        {
            var (a, b, c) = (corners[i], corners[(i + 1) % 4], corners[(i + 2) % 4]);
            if ((b.X - a.X) * (c.Y - b.Y) - (b.Y - a.Y) * (c.X - b.X) <= 0)
                throw TextDocumentError.At(path, "expected a convex shape with its corners clockwise from the text's top left; these are mirrored, crossed or on one line");
        }
    }

    private protected static IReadOnlyList<TextPoint> ScaledCorners(IReadOnlyList<TextPoint> corners, double across, double down) =>
        [.. corners.Select(c => new TextPoint(c.X * across, c.Y * down))];
}

/// <summary>A rectangle.</summary>
/// <param name="Rotation">Degrees clockwise around its centre.</param>
public sealed record BoxRegion(double X, double Y, double Width, double Height, double Rotation = 0) : LayerRegion
{
    internal override void Validate(string path)
    {
        TextDocumentError.RequireRange($"{path}.box[0]", X, -TextLimits.MostPosition, TextLimits.MostPosition);
        TextDocumentError.RequireRange($"{path}.box[1]", Y, -TextLimits.MostPosition, TextLimits.MostPosition);
        TextDocumentError.RequireRange($"{path}.box[2]", Width, 1, TextLimits.MostPixelsASide);
        TextDocumentError.RequireRange($"{path}.box[3]", Height, 1, TextLimits.MostPixelsASide);
        TextDocumentError.RequireRange($"{path}.rotation", Rotation, -360, 360);
    }

    internal override LayerRegion Scaled(double across, double down) => new BoxRegion(X * across, Y * down, Width * across, Height * down, Rotation);
}

/// <summary>Something flat that is seen from an angle: a sign, a screen, a page.</summary>
/// <param name="Corners">Clockwise from the text's top left.</param>
public sealed record QuadRegion(IReadOnlyList<TextPoint> Corners) : LayerRegion
{
    internal override void Validate(string path) => ValidateCorners(Corners, $"{path}.quad");

    internal override LayerRegion Scaled(double across, double down) => new QuadRegion(ScaledCorners(Corners, across, down));
}

/// <summary>One line along a path, its baseline on the path.</summary>
/// <param name="Path">SVG path data.</param>
public sealed record CurveRegion(string Path) : LayerRegion
{
    internal override void Validate(string path)
    {
        if (Path.Length is 0 or > TextLimits.MostPathCharacters)
            throw TextDocumentError.At($"{path}.curve", $"expected SVG path data of 1 to {TextLimits.MostPathCharacters} characters, got {Path.Length}");
        using var curve = SkiaSharp.SKPath.ParseSvgPathData(Path);
        if (curve is null || curve.PointCount < 2)
            throw TextDocumentError.At($"{path}.curve", "expected SVG path data such as \"M 100 300 Q 400 100 700 300\"");
    }

    internal override LayerRegion Scaled(double across, double down)
    {
        using var curve = SkiaSharp.SKPath.ParseSvgPathData(Path) ?? throw GessoException.Bug("bad_curve", "A path that was validated cannot be read.");
        curve.Transform(SkiaSharp.SKMatrix.CreateScale((float)across, (float)down));
        return new CurveRegion(curve.ToSvgPathData());
    }
}

/// <summary>A label around a can, a bottle, a column.</summary>
/// <param name="Corners">Of the label as seen, clockwise from the text's top left; its sides run along the axis.</param>
/// <param name="Arc">How many degrees of the circle the label covers, above 1 … 180.</param>
/// <param name="TopSag">How far the middle of the upper edge lies below its ends, as a part of the label's height.</param>
/// <param name="BottomSag">The same of the lower edge.</param>
public sealed record CylinderRegion(IReadOnlyList<TextPoint> Corners, double Arc = 120, double TopSag = 0.1, double BottomSag = 0.14) : LayerRegion
{
    internal const double MostSag = 0.8;

    internal override void Validate(string path)
    {
        ValidateCorners(Corners, $"{path}.cylinder.corners");
        if (!(Arc is > 1 and <= 180))
            throw TextDocumentError.At($"{path}.cylinder.arc", $"expected more than 1 and up to 180 degrees, got {Arc}");
        TextDocumentError.RequireRange($"{path}.cylinder.top_sag", TopSag, -MostSag, MostSag);
        TextDocumentError.RequireRange($"{path}.cylinder.bottom_sag", BottomSag, -MostSag, MostSag);
    }

    internal override LayerRegion Scaled(double across, double down) => this with { Corners = ScaledCorners(Corners, across, down) };
}

/// <summary>A surface that is still to be found in the picture (<see cref="Planning.SurfaceFinder"/>).</summary>
public sealed record OpenRegion : LayerRegion
{
    internal override void Validate(string path)
    {
    }

    internal override LayerRegion Scaled(double across, double down) => this;
}
