using System.Text.Json.Nodes;

namespace Gesso.Server.Json;

/// <summary>
/// One named value of a request: what it may be, said once. Reading it, the message when it is wrong and the OpenAPI document all come from here.
/// </summary>
/// <param name="Name">As on the wire.</param>
/// <param name="Summary">For the OpenAPI document.</param>
internal abstract record Field(string Name, string Summary)
{
    public bool Required { get; init; }

    /// <summary>What is used when it is left out, in words for the document.</summary>
    public JsonNode? Default { get; init; }

    /// <summary>The words after "expected" in an error.</summary>
    public abstract string Expected { get; }
}

internal sealed record TextField(string Name, string Summary, int MaxLength) : Field(Name, Summary)
{
    public override string Expected => $"text of at most {MaxLength} characters";
}

/// <summary>A file in a multipart form, or a reference to one in JSON.</summary>
internal sealed record PictureField(string Name, string Summary) : Field(Name, Summary)
{
    public override string Expected => "a PNG, JPEG or WebP picture";
}

internal sealed record IntegerField(string Name, string Summary, long Low, long High) : Field(Name, Summary)
{
    public override string Expected => $"a whole number from {Low} to {High}";
}

/// <param name="Name">As on the wire.</param>
/// <param name="Summary">For the OpenAPI document.</param>
/// <param name="Low">Smallest value.</param>
/// <param name="High">Largest value.</param>
internal sealed record NumberField(string Name, string Summary, double Low, double High) : Field(Name, Summary)
{
    /// <summary><see cref="Low"/> itself is not allowed.</summary>
    public bool AboveLow { get; init; }

    public override string Expected => AboveLow ? $"a number above {Low} up to {High}" : $"a number from {Low} to {High}";
}

internal sealed record FlagField(string Name, string Summary) : Field(Name, Summary)
{
    public override string Expected => "true or false";
}

internal sealed record ChoiceField(string Name, string Summary, IReadOnlyList<string> Values) : Field(Name, Summary)
{
    public override string Expected => "one of " + string.Join(", ", Values);
}

/// <summary><c>WIDTHxHEIGHT</c>, or <c>auto</c>.</summary>
internal sealed record SizeField(string Name, string Summary) : Field(Name, Summary)
{
    public override string Expected => "auto or WIDTHxHEIGHT such as 1024x1024";
}

internal sealed record ObjectField(string Name, string Summary, FieldSet Members) : Field(Name, Summary)
{
    public override string Expected => "an object with " + string.Join(", ", Members.Names);
}

internal sealed record ListField(string Name, string Summary, FieldSet Items) : Field(Name, Summary)
{
    public override string Expected => "a list of objects with " + string.Join(", ", Items.Names);
}

/// <summary>A list whose items, or the whole of it, may be text in a short form.</summary>
/// <param name="Name">As on the wire.</param>
/// <param name="Summary">For the OpenAPI document.</param>
/// <param name="Items">An item that is an object.</param>
/// <param name="Example">Two items in the short form, separated by a comma.</param>
internal sealed record ShortListField(string Name, string Summary, FieldSet Items, string Example) : Field(Name, Summary)
{
    public override string Expected => $"a list of objects with {string.Join(", ", Items.Names)}, or text such as \"{Example}\"";
}

/// <summary>A text document, <c>auto</c>, or false; in a form the document is JSON text.</summary>
internal sealed record TextLayersField(string Name, string Summary) : Field(Name, Summary)
{
    public override string Expected => "a text document (an object with layers), \"auto\" or false";
}

/// <summary>Accepted from clients that send it, and without effect here.</summary>
internal sealed record IgnoredField(string Name, string Summary) : Field(Name, Summary)
{
    public override string Expected => "anything";
}
