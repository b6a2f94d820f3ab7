using Gesso.Server.Hosting;

namespace Gesso.Server.Maintenance;

/// <summary>What keeps a store in order while servers come and go.</summary>
internal static class MaintenanceSetup
{
    public static IServiceCollection AddMaintenance(this IServiceCollection services, ServerOptions options) => services
        .AddSingleton<MaintenanceMeter>()
        .AddSingleton<IChore>(provider => ActivatorUtilities.CreateInstance<LeaseChore>(provider, options.Worker.Lease))
        .AddSingleton<IChore>(provider => ActivatorUtilities.CreateInstance<WorkerChore>(provider, options.Worker.Lease))
        .AddSingleton<IChore, DeadlineChore>()
        .AddSingleton<IChore, RetentionChore>()
        .AddSingleton<IChore, AssetChore>()
        .AddHostedService<ChoreLoops>();
}
