using Gesso.Contracts.Errors;

namespace Gesso.Formats.Tests;

internal static class FileErrors
{
    /// <summary>Opening must fail with this code, as an invalid request; gives the message for further checks.</summary>
    public static string Expect(string code, Action open)
    {
        var error = Assert.Throws<TensorFileException>(open);
        Assert.Equal(code, error.Code);
        Assert.Equal(ErrorKind.InvalidRequest, error.Kind);
        return error.Message;
    }

    public static string ExpectOpening(string code, string path) => Expect(code, () => TensorFiles.Open(path).Dispose());
}
