using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Document;

namespace Gesso.Typography.Tests.Document;

public sealed class TextDocumentJsonTests
{
    private const string Full = """
        { "version": 1, "canvas": "800x600", "layers": [
          { "id": "title", "text": "Grüße, العالم 🌍", "language": "de", "role": "title", "region": { "box": [10, 20, 300, 80], "rotation": -4 },
            "font": { "families": ["Noto Serif"], "weight": 700 }, "size": 40, "color": "#ffcc0080", "align": "center", "vertical_align": "middle",
            "tracking": 0.1, "leading": 1.2, "opacity": 0.9, "z": 3,
            "effects": [ { "stroke": { "width": 0.05, "color": "#000000" } }, { "shadow": { "dx": 0.1, "dy": 0.1, "blur": 0.05, "color": "#00000080" } },
                         { "emboss": { "depth": 0.05 } }, { "neon": { "color": "#ff00ff" } }, { "print": { "wear": 0.3 } } ] },
          { "id": "sign", "text": "Open", "region": { "quad": [[1, 2], [90, 4], [88, 60], [3, 55]] }, "blend": "scene", "min_size": 10, "max_size": 90 },
          { "id": "arc", "text": "Arc", "region": { "curve": "M 0 100 Q 50 0 100 100" } },
          { "id": "can", "text": "縦", "mode": "vertical", "region": { "cylinder": { "corners": [[0, 0], [50, 0], [50, 90], [0, 90]], "arc": 100 } } },
          { "id": "found", "text": "Found", "blend": "scene" } ] }
        """;

    [Fact]
    public void Document_keeps_everything_when_written_and_read()
    {
        var document = TextDocumentJson.Parse(Full);

        string written = TextDocumentJson.Write(document);

        Assert.Equal(written, TextDocumentJson.Write(TextDocumentJson.Parse(written)));
        Assert.Equal(new ImageSize(800, 600), document.Canvas);
        var title = document.Layer("title");
        Assert.Equal("Grüße, العالم 🌍", title.Text);
        Assert.Equal(new BoxRegion(10, 20, 300, 80, -4), title.Region);
        Assert.Equal(new InkColor(255, 204, 0, 128), title.Color);
        Assert.Equal(5, title.Effects.Count);
        Assert.Contains("Grüße", written, StringComparison.Ordinal);
        Assert.Equal([false, true, false, true, true], document.Layers.Select(layer => layer.IsInScene));
        Assert.IsType<OpenRegion>(document.Layer("found").Region);
        using var asWritten = JsonDocument.Parse(written);
        Assert.Equal(5, asWritten.RootElement.GetProperty("layers").GetArrayLength());
    }

    [Theory]
    [InlineData("""{ "layers": [ { "id": "a", "text": "x", "region": { "box": [1, 2, 3, 4] }, "colour": "#000000" } ] }""", "layers[0].colour", "there is no member \"colour\"; there are id, text")]
    [InlineData("""{ "layers": [ { "id": "a", "text": "x", "region": { "box": [1, 2, 3] } } ] }""", "layers[0].region.box", "[x, y, width, height], got 3")]
    [InlineData("""{ "layers": [ { "id": "a", "text": "x", "region": { "box": [1, 2, 3, 4], "curve": "M 0 0 L 1 1" } } ] }""", "layers[0].region", "exactly one")]
    [InlineData("""{ "layers": [ { "id": "a", "text": "x", "region": { "box": [1, 2, 3, 4] }, "size": "big" } ] }""", "layers[0].size", "expected a number")]
    [InlineData("""{ "layers": [ { "id": "a", "text": "x", "region": { "box": [1, 2, 3, 4] }, "size": 2 } ] }""", "layers[0].size", "expected 4 to 8192, got 2")]
    [InlineData("""{ "layers": [ { "id": "a", "text": "x", "region": { "box": [1, 2, 3, 4] }, "align": "left" } ] }""", "layers[0].align", "start, center, end, justify")]
    [InlineData("""{ "layers": [ { "id": "a", "text": " ", "region": { "box": [1, 2, 3, 4] } } ] }""", "layers[0].text", "nothing but blanks")]
    [InlineData("""{ "layers": [ { "id": "a", "text": "x", "region": { "quad": [[0, 0], [9, 0], [0, 9], [9, 9]] } } ] }""", "layers[0].region.quad", "convex")]
    [InlineData("""{ "layers": [ { "id": "a", "text": "x", "region": { "curve": "circle" } } ] }""", "layers[0].region.curve", "SVG path")]
    [InlineData("""{ "layers": [ { "id": "a", "text": "x", "region": { "box": [1, 2, 3, 4] } }, { "id": "a", "text": "x", "region": { "box": [1, 2, 3, 4] } } ] }""", "layers[1].id", "taken")]
    [InlineData("""{ "layers": [ { "text": "x", "region": { "box": [1, 2, 3, 4] } } ] }""", "layers[0]", "id is missing")]
    [InlineData("""{ "layers": [ { "id": "a", "text": "x" } ] }""", "layers[0].region", "it is missing")]
    [InlineData("""{ "layers": [ { "id": "a", "text": "x", "blend": "glow", "region": { "box": [1, 2, 3, 4] } } ] }""", "layers[0].blend", "graphic, scene")]
    [InlineData("""{ "layers": [ { "id": "a", "text": "x", "blend": "scene", "region": { "curve": "M 0 0 L 9 9" } } ] }""", "layers[0].blend", "lies on no surface")]
    [InlineData("""{ "layers": null }""", "layers", "is null")]
    [InlineData("""{ "layers": [ null ] }""", "layers[0]", "is null")]
    [InlineData("""{ "layers": [ { "id": "a", "text": null, "region": { "box": [1, 2, 3, 4] } } ] }""", "layers[0]", "is null")]
    [InlineData("""{ "layers": [ """, "line 1", "")]
    public void Wrong_document_is_an_error_that_names_place_and_expectation(string json, string place, string expectation)
    {
        var error = Assert.Throws<GessoException>(() => TextDocumentJson.Parse(json));

        Assert.Equal("bad_text_document", error.Code);
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
        Assert.Contains(expectation, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Document_of_a_later_version_is_refused() =>
        Assert.Equal("text_document_too_new", Assert.Throws<GessoException>(() => TextDocumentJson.Parse("""{ "version": 2, "layers": [] }""")).Code);

    [Fact]
    public void Published_schema_has_the_members_that_are_read()
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(Checkout(), "docs", "schemas", "text-document.json")));
        foreach (var (type, info) in TextDocumentContext.WireTypes())
        {
            string name = type[..^"Wire".Length].ToLowerInvariant();
            var part = name == "document" ? schema.RootElement : schema.RootElement.GetProperty("$defs").GetProperty(name);
            Assert.Equal(info.Properties.Select(p => p.Name).Order(), part.GetProperty("properties").EnumerateObject().Select(p => p.Name).Order());
            var required = part.TryGetProperty("required", out var list) ? list.EnumerateArray().Select(e => e.GetString()!).Order() : Enumerable.Empty<string>().Order();
            Assert.Equal(info.Properties.Where(p => p.IsRequired).Select(p => p.Name).Order(), required);
            Assert.False(part.GetProperty("additionalProperties").GetBoolean());
        }
    }

    [Fact]
    public void Document_for_another_size_of_the_same_shape_is_scaled_and_of_another_shape_refused()
    {
        var document = TextDocumentJson.Parse(Full);

        var twice = document.For(new ImageSize(1600, 1200));

        Assert.Equal(new BoxRegion(20, 40, 600, 160, -4), twice.Layer("title").Region);
        Assert.Equal(80, twice.Layer("title").Size);
        Assert.Equal("canvas_mismatch", Assert.Throws<GessoException>(() => document.For(new ImageSize(800, 800))).Code);
    }

    private static string Checkout()
    {
        string? at = AppContext.BaseDirectory;
        while (at is not null && !File.Exists(Path.Combine(at, "Gesso.slnx")))
            at = Path.GetDirectoryName(at);
        return at ?? throw new InvalidOperationException("Not inside a checkout.");
    }
}
