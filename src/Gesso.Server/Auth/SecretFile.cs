using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gesso.Contracts.Errors;
using Gesso.Server.Hosting;

namespace Gesso.Server.Auth;

/// <summary>
/// The file behind <see cref="ServerSecrets"/>: made on the first start, readable by its owner only. Servers that share a database need copies of the same one,
/// or a key made by one would be unknown to the other.
/// </summary>
public static class SecretFile
{
    private const int KeyBytes = 32;
    private const string Code = "bad_secret_file";
    private const string Restore = "Restore it from a backup: keys made with it need it.";

    public static string PathFor(ServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Security.SecretFile ?? Path.Combine(options.Data, "secrets.json");
    }

    /// <summary>Reads the secrets, making them where there are none yet.</summary>
    /// <exception cref="GessoException">InvalidRequest <c>secret_file_needed</c>: PostgreSQL is used and no file is named; <c>bad_secret_file</c>.</exception>
    public static ServerSecrets LoadOrCreate(ServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        bool shared = !options.DatabaseOrDefault.StartsWith("sqlite:", StringComparison.Ordinal);
        if (shared && options.Security.SecretFile is null)
        {
            throw GessoException.Invalid(
                "secret_file_needed",
                "security:secretFile: expected a file, got nothing. Servers that share a PostgreSQL database must share the secrets that API keys are hashed with: "
                + "name a file (it is made if missing) and give every server the same.");
        }
        string path = PathFor(options);
        try
        {
            if (!File.Exists(path))
                Create(path);
            return Read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Invalid(Code, $"security:secretFile: \"{path}\" can be neither read nor made: {e.Message}", e);
        }
    }

    private static ServerSecrets Read(string path)
    {
        SecretDocument? document;
        try
        {
            document = JsonSerializer.Deserialize(File.ReadAllText(path), SecretJson.Default.SecretDocument);
        }
        catch (JsonException e)
        {
            throw GessoException.Invalid(Code, $"{path}: expected the JSON that Gesso wrote, got something else ({e.Message}). {Restore}", e);
        }
        if (document is not { Pepper.Length: KeyBytes, UrlKeys.Count: > 0 } || document.UrlKeys.Any(k => k is not { Key.Length: >= KeyBytes, Id.Length: > 0 }))
            throw GessoException.Invalid(Code, $"{path}: expected a pepper of {KeyBytes} bytes and at least one URL key of {KeyBytes} bytes. {Restore}");
        return new ServerSecrets(document.Pepper, document.UrlKeys);
    }

    private static void Create(string path)
    {
        UrlKey key = new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4)), RandomNumberGenerator.GetBytes(KeyBytes));
        SecretDocument document = new(RandomNumberGenerator.GetBytes(KeyBytes), [key]);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        string temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Path.GetRandomFileName()}");
        try
        {
            using (FileStream file = new(temporary, options))
            {
                JsonSerializer.Serialize(file, document, SecretJson.Default.SecretDocument);
                file.Flush(flushToDisk: true);
            }
            // two servers that start together: one file wins, both read that one
            File.Move(temporary, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(temporary);
        }
    }
}

/// <param name="Pepper">32 bytes, base 64.</param>
/// <param name="UrlKeys">Newest first.</param>
internal sealed record SecretDocument(byte[] Pepper, IReadOnlyList<UrlKey> UrlKeys);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(SecretDocument))]
internal sealed partial class SecretJson : JsonSerializerContext;
