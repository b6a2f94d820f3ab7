using Gesso.Contracts.Images;
using Gesso.Platform.Jobs;
using Gesso.Server.Errors;
using Gesso.Server.Json;

namespace Gesso.Server.Jobs;

/// <summary>Names and weights of adapters as callers write them. A name is never a path: workers look it up in folders of their own.</summary>
internal static class AdapterNames
{
    /// <param name="path">The field, for errors.</param>
    /// <param name="text"><c>NAME[:WEIGHT]</c></param>
    /// <exception cref="ApiException">400 <c>invalid_value</c></exception>
    public static AdapterUse Parse(string path, string text)
    {
        var (name, weight) = AdapterText.Parse(text);
        return Use(path, name, weight);
    }

    /// <param name="path">The field, for errors.</param>
    /// <param name="name">Perhaps with the extension of its file.</param>
    /// <param name="weight">How strongly it acts.</param>
    /// <exception cref="ApiException">400 <c>invalid_value</c></exception>
    public static AdapterUse Use(string path, string name, double weight)
    {
        string bare = AdapterUse.NameOf(name);
        if (!AdapterUse.IsName(bare))
            throw ApiException.Invalid(path, "invalid_value", $"{path}: expected the name of an adapter, 1 to {AdapterUse.LongestName} characters without folders, got {Shown.Quote(name)}.");
        if (Math.Abs(weight) is not <= AdapterUse.Strongest)                                  // NaN, too
            throw ApiException.Invalid(path, "invalid_value", $"{path}: expected a weight from -{AdapterUse.Strongest} to {AdapterUse.Strongest}, got {Shown.Quote(name)} with {weight}.");
        return new AdapterUse(bare, weight);
    }
}
