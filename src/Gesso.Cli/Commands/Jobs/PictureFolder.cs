using Gesso.Client;
using Gesso.Contracts.Errors;
using Gesso.Diffusion.Imaging;

namespace Gesso.Cli.Commands.Jobs;

/// <summary>A folder that finished pictures are saved in, each under its id.</summary>
internal sealed class PictureFolder
{
    private readonly string _path;

    private PictureFolder(string path) => _path = path;

    /// <summary>Null stays null: nothing is saved.</summary>
    public static PictureFolder? Open(string? path)
    {
        if (path is null)
            return null;
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Unavailable("folder_unwritable", $"--out: the folder {path} cannot be made: {e.Message}", e);
        }
        return new PictureFolder(path);
    }

    /// <returns>The file's path.</returns>
    public async Task<string> SaveAsync(GessoClient server, Picture picture, CancellationToken cancellation)
    {
        string file = Path.Combine(_path, JobWords.FileName(picture));
        AtomicFile.Write(file, await server.Pictures.ReadAsync(picture.Id, cancellation));
        return file;
    }
}
