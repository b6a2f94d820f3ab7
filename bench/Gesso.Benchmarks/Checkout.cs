using Gesso.Contracts.Errors;

namespace Gesso.Benchmarks;

/// <summary>The working copy this program was built in.</summary>
internal static class Checkout
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Gesso.slnx")))
                return folder.FullName;
        }
        throw GessoException.Unavailable("no_checkout", $"{AppContext.BaseDirectory} is not inside a checkout of Gesso (no Gesso.slnx above it): run the benches from one.");
    }
}
