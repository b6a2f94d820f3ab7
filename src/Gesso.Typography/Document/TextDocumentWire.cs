using System.Text.Json.Serialization;
using Gesso.Contracts.Images;

namespace Gesso.Typography.Document;

/// <summary>The wire form; <see cref="TextDocument"/> and its parts say what the members mean.</summary>
internal sealed record DocumentWire
{
    /// <summary>For editors; not looked at.</summary>
    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    public int Version { get; init; } = TextDocument.CurrentVersion;

    public string? Canvas { get; init; }

    public required List<LayerWire> Layers { get; init; }

    public static DocumentWire Of(TextDocument document) => new()
    {
        Canvas = document.Canvas?.ToString(),
        Layers = [.. document.Layers.Select(LayerWire.Of)],
    };

    public TextDocument ToDocument() => new()
    {
        Canvas = Canvas is null ? null : ImageSize.TryParse(Canvas, out var size) ? size : throw TextDocumentError.At("canvas", $"expected WIDTHxHEIGHT, got \"{Canvas}\""),
        Layers = [.. Layers.Select((layer, i) => (layer ?? throw TextDocumentError.At($"layers[{i}]", "it is null")).ToLayer($"layers[{i}]"))],
    };
}

internal sealed record LayerWire
{
    public required string Id { get; init; }

    public required string Text { get; init; }

    public string? Language { get; init; }

    public string? Role { get; init; }

    public RegionWire? Region { get; init; }

    public string? Blend { get; init; }

    public FontWire? Font { get; init; }

    public double? Size { get; init; }

    public double? MinSize { get; init; }

    public double? MaxSize { get; init; }

    public string? Color { get; init; }

    public string? Align { get; init; }

    public string? VerticalAlign { get; init; }

    public double? Tracking { get; init; }

    public double? Leading { get; init; }

    public string? Mode { get; init; }

    public List<EffectWire>? Effects { get; init; }

    public double? Opacity { get; init; }

    public int? Z { get; init; }

    public static LayerWire Of(TextLayer layer)
    {
        var plain = new TextLayer { Id = "", Text = "", Region = layer.Region };
        return new LayerWire
        {
            Id = layer.Id,
            Text = layer.Text,
            Language = layer.Language,
            Role = WireWord.Unless(layer.Role, plain.Role),
            Region = layer.Region is OpenRegion ? null : RegionWire.Of(layer.Region),
            Blend = layer.Blend is { } blend ? WireWord.Of(blend) : null,
            Font = FontWire.Of(layer.Font),
            Size = layer.Size,
            MinSize = layer.MinSize == plain.MinSize ? null : layer.MinSize,
            MaxSize = layer.MaxSize,
            Color = layer.Color?.ToString(),
            Align = WireWord.Unless(layer.Align, plain.Align),
            VerticalAlign = WireWord.Unless(layer.VerticalAlign, plain.VerticalAlign),
            Tracking = layer.Tracking == 0 ? null : layer.Tracking,
            Leading = layer.Leading,
            Mode = WireWord.Unless(layer.Mode, plain.Mode),
            Effects = layer.Effects.Count == 0 ? null : [.. layer.Effects.Select(EffectWire.Of)],
            Opacity = layer.Opacity == 1 ? null : layer.Opacity,
            Z = layer.Z == 0 ? null : layer.Z,
        };
    }

    public TextLayer ToLayer(string path)
    {
        var plain = new TextLayer { Id = Id, Text = Text, Region = Region?.ToRegion($"{path}.region") ?? new OpenRegion() };
        return plain with
        {
            Blend = Blend is null ? null : WireWord.Parse(Blend, TextBlend.Graphic, $"{path}.blend"),
            Language = Language,
            Role = WireWord.Parse(Role, plain.Role, $"{path}.role"),
            Font = Font?.ToFont() ?? plain.Font,
            Size = Size,
            MinSize = MinSize ?? plain.MinSize,
            MaxSize = MaxSize,
            Color = Color is null or "auto" ? null : WireWord.Color(Color, $"{path}.color"),
            Align = WireWord.Parse(Align, plain.Align, $"{path}.align"),
            VerticalAlign = WireWord.Parse(VerticalAlign, plain.VerticalAlign, $"{path}.vertical_align"),
            Tracking = Tracking ?? plain.Tracking,
            Leading = Leading,
            Mode = WireWord.Parse(Mode, plain.Mode, $"{path}.mode"),
            Effects = [.. (Effects ?? []).Select((effect, i) => (effect ?? throw TextDocumentError.At($"{path}.effects[{i}]", "it is null")).ToEffect($"{path}.effects[{i}]"))],
            Opacity = Opacity ?? plain.Opacity,
            Z = Z ?? plain.Z,
        };
    }
}

internal sealed record FontWire
{
    public List<string>? Families { get; init; }

    public int? Weight { get; init; }

    public bool? Italic { get; init; }

    public static FontWire? Of(LayerFont font)
    {
        var plain = new LayerFont();
        var wire = new FontWire
        {
            Families = font.Families.Count == 0 ? null : [.. font.Families],
            Weight = font.Weight == plain.Weight ? null : font.Weight,
            Italic = font.Italic ? true : null,
        };
        return wire is { Families: null, Weight: null, Italic: null } ? null : wire;
    }

    public LayerFont ToFont()
    {
        var plain = new LayerFont();
        return new LayerFont(Families ?? plain.Families, Weight ?? plain.Weight, Italic ?? plain.Italic);
    }
}

/// <summary>Exactly one of box, quad, curve, cylinder.</summary>
internal sealed record RegionWire
{
    public List<double>? Box { get; init; }

    public double? Rotation { get; init; }

    public List<List<double>>? Quad { get; init; }

    public string? Curve { get; init; }

    public CylinderWire? Cylinder { get; init; }

    public static RegionWire Of(LayerRegion region) => region switch
    {
        BoxRegion box => new RegionWire { Box = [box.X, box.Y, box.Width, box.Height], Rotation = box.Rotation == 0 ? null : box.Rotation },
        QuadRegion quad => new RegionWire { Quad = Corners(quad.Corners) },
        CurveRegion curve => new RegionWire { Curve = curve.Path },
        CylinderRegion c => new RegionWire { Cylinder = new CylinderWire { Corners = Corners(c.Corners), Arc = c.Arc, TopSag = c.TopSag, BottomSag = c.BottomSag } },
        _ => throw new ArgumentOutOfRangeException(nameof(region)),
    };

    public LayerRegion ToRegion(string path)
    {
        object?[] given = [Box, Quad, Curve, Cylinder];
        if (given.Count(g => g is not null) != 1)
            throw TextDocumentError.At(path, $"expected exactly one of box, quad, curve and cylinder, got {given.Count(g => g is not null)}");
        if (Rotation is not null && Box is null)
            throw TextDocumentError.At($"{path}.rotation", "only a box is rotated");
        if (Box is not null)
        {
            return Box is [double x, double y, double width, double height]
                ? new BoxRegion(x, y, width, height, Rotation ?? 0)
                : throw TextDocumentError.At($"{path}.box", $"expected [x, y, width, height], got {Box.Count} numbers");
        }
        if (Quad is not null)
            return new QuadRegion(Points(Quad, $"{path}.quad"));
        return Curve is not null ? new CurveRegion(Curve) : Cylinder!.ToRegion($"{path}.cylinder");
    }

    internal static IReadOnlyList<TextPoint> Points(List<List<double>> corners, string path) =>
        [.. corners.Select((corner, i) => corner is [double x, double y]
            ? new TextPoint(x, y)
            : throw TextDocumentError.At($"{path}[{i}]", $"expected [x, y], got {(corner is null ? "null" : $"{corner.Count} numbers")}"))];

    private static List<List<double>> Corners(IReadOnlyList<TextPoint> corners) => [.. corners.Select(c => new List<double> { c.X, c.Y })];
}

internal sealed record CylinderWire
{
    public required List<List<double>> Corners { get; init; }

    public double? Arc { get; init; }

    public double? TopSag { get; init; }

    public double? BottomSag { get; init; }

    public CylinderRegion ToRegion(string path)
    {
        var plain = new CylinderRegion(RegionWire.Points(Corners, $"{path}.corners"));
        return plain with { Arc = Arc ?? plain.Arc, TopSag = TopSag ?? plain.TopSag, BottomSag = BottomSag ?? plain.BottomSag };
    }
}

/// <summary>Words of enumerations and colours: snake_case on the wire.</summary>
internal static class WireWord
{
    public static string Of<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    public static string? Unless<T>(T value, T plain) where T : struct, Enum => EqualityComparer<T>.Default.Equals(value, plain) ? null : Of(value);

    public static T Parse<T>(string? word, T plain, string path) where T : struct, Enum
    {
        if (word is null)
            return plain;
        foreach (T value in Enum.GetValues<T>())
        {
            if (Of(value) == word)
                return value;
        }
        throw TextDocumentError.At(path, $"expected {string.Join(", ", Enum.GetValues<T>().Select(Of))}, got \"{word}\"");
    }

    public static InkColor Color(string text, string path) => InkColor.TryParse(text, out var color)
        ? color
        : throw TextDocumentError.At(path, $"expected \"auto\", #rrggbb or #rrggbbaa, got \"{text}\"");
}
