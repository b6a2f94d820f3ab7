using System.Diagnostics.CodeAnalysis;
using System.Text;
using Gesso.Contracts.Errors;
using Gesso.Formats.Png;

namespace Gesso.Engine.Recipes;

/// <summary>Recipes inside PNG pictures: twice, as the text other programs read and as JSON with everything.</summary>
public static class RecipePng
{
    /// <summary>A copy of the picture with its recipe.</summary>
    /// <exception cref="GessoException"><c>recipe_present</c>: the picture has a recipe, and two would contradict each other. <c>bad_png</c>.</exception>
    public static byte[] Write(byte[] png, Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(png);
        ArgumentNullException.ThrowIfNull(recipe);
        if (PngChunks.ReadText(png).Any(text => text.Keyword is RecipeJson.Keyword or A1111Text.Keyword))
            throw GessoException.Invalid("recipe_present", "The picture carries a recipe already; encode it anew before writing another one.");
        return PngChunks.WithText(png, [new(A1111Text.Keyword, Storable(A1111Text.Write(recipe))), new(RecipeJson.Keyword, RecipeJson.Write(recipe))]);
    }

    /// <summary>The recipe, by preference from our JSON.</summary>
    /// <returns>False: the picture carries none.</returns>
    /// <exception cref="GessoException"><c>bad_png</c>, or a recipe that is there but cannot be read: <c>recipe_invalid</c>, <c>recipe_too_new</c>.</exception>
    public static bool TryRead(ReadOnlySpan<byte> png, [NotNullWhen(true)] out Recipe? recipe)
    {
        IReadOnlyList<PngText> texts = PngChunks.ReadText(png);
        recipe = null;
        string? foreign = Find(texts, A1111Text.Keyword) is { } text && IsA1111(text) ? text : null;
        if (Find(texts, RecipeJson.Keyword) is { } json)
        {
            try
            {
                recipe = RecipeJson.Parse(json);
            }
            catch (GessoException e) when (e.Code == "recipe_invalid" && foreign is not null)
            {
                recipe = null; // damaged, but the other text says most of it
            }
        }
        recipe ??= foreign is null ? null : A1111Text.Parse(foreign);
        return recipe is not null;
    }

    /// <summary>The recipe; a picture without one is an error that says what it carries instead.</summary>
    /// <param name="png">The file's bytes.</param>
    /// <param name="name">For the message.</param>
    /// <exception cref="GessoException"><c>recipe_missing</c>, and those of <see cref="TryRead"/>.</exception>
    public static Recipe Read(ReadOnlySpan<byte> png, string name)
    {
        if (TryRead(png, out Recipe? recipe))
            return recipe;
        string[] keywords = [.. PngChunks.ReadText(png).Select(text => text.Keyword).Distinct()];
        string instead = keywords switch
        {
            [] => "it carries no text at all; many sites and editors strip it",
            _ when keywords.Contains("workflow") || keywords.Contains("prompt") => "it carries a ComfyUI workflow, which is a program and not a recipe",
            _ => $"its texts are: {string.Join(", ", keywords)}",
        };
        throw GessoException.Invalid("recipe_missing", $"{name} has no recipe: neither '{RecipeJson.Keyword}' nor '{A1111Text.Keyword}' text; {instead}.");
    }

    private static string? Find(IReadOnlyList<PngText> texts, string keyword) => texts.FirstOrDefault(text => text.Keyword == keyword)?.Text;

    /// <summary>SwarmUI keeps JSON under the same keyword.</summary>
    private static bool IsA1111(string text) => text.AsSpan().TrimStart() is { Length: > 0 } start && start[0] != '{';

    /// <summary>PNG text holds neither NUL nor half a surrogate pair; both become U+FFFD.</summary>
    private static string Storable(string text)
    {
        var storable = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            storable.Append(rune.Value == 0 ? "\uFFFD" : rune.ToString());
        return storable.ToString();
    }
}
