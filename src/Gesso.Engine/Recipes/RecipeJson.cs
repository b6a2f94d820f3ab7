using System.Text.Json;
using Gesso.Contracts.Errors;

namespace Gesso.Engine.Recipes;

/// <summary>The whole recipe as JSON: the PNG text under the keyword <c>gesso</c>, and recipe files. ASCII only, so that any text chunk holds it.</summary>
public static class RecipeJson
{
    /// <summary>The PNG keyword.</summary>
    public const string Keyword = "gesso";

    /// <summary>Raised when a reader of the previous version would misunderstand; new members alone do not raise it.</summary>
    public const int SchemaVersion = 1;

    public static string Write(Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        return JsonSerializer.Serialize(RecipeDocument.Of(recipe), RecipeJsonContext.Default.RecipeDocument);
    }

    /// <exception cref="GessoException">
    /// <c>recipe_invalid</c>: not such a JSON, or a value out of its range. <c>recipe_too_new</c>: of a later version.
    /// </exception>
    public static Recipe Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            RecipeDocument document = JsonSerializer.Deserialize(json, RecipeJsonContext.Default.RecipeDocument) ?? throw Invalid("it is null");
            if (document.SchemaVersion > SchemaVersion)
            {
                throw GessoException.Invalid("recipe_too_new",
                    $"The recipe has schema version {document.SchemaVersion} ({document.Software}); this Gesso reads up to {SchemaVersion}: update it.");
            }
            return document.ToRecipe();
        }
        catch (JsonException e)
        {
            throw Invalid(e.Message, e);
        }
    }

    internal static GessoException Invalid(string problem, Exception? inner = null) =>
        GessoException.Invalid("recipe_invalid", $"The recipe cannot be read: {problem}", inner);
}
