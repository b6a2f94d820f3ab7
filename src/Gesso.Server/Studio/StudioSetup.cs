using Gesso.Studio;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace Gesso.Server.Studio;

/// <summary>The pages: public files that ask for the key themselves.</summary>
internal static class StudioSetup
{
    public static IApplicationBuilder UseStudio(this IApplicationBuilder app) => app
        .UseDefaultFiles(new DefaultFilesOptions { FileProvider = StudioFiles.Provider })
        .UseStaticFiles(new StaticFileOptions
        {
            FileProvider = StudioFiles.Provider,
            ContentTypeProvider = new FileExtensionContentTypeProvider(new Dictionary<string, string>
            {
                [".html"] = "text/html; charset=utf-8",
                [".css"] = "text/css; charset=utf-8",
                [".js"] = "text/javascript; charset=utf-8",
                [".svg"] = "image/svg+xml",
            }),
            // asked again each time, answered with 304: a new version of the server is a new page at once, all of it
            OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = new CacheControlHeaderValue { NoCache = true }.ToString(),
        });
}
