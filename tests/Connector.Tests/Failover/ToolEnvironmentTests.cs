using Headgate.Connector.Failover;

namespace Headgate.Connector.Tests.Failover;

[Collection(EnvironmentCollection.Name)]
public sealed class ToolEnvironmentTests
{
    [Fact]
    public async Task RunAsync_OfARealChild_SetsTheRepositoryAndTakesOutWhatCouldNameAnother()
    {
        var file = Path.GetTempFileName();
        string[] set = ["RESTIC_REPOSITORY", "RESTIC_REPOSITORY_FILE", "RESTIC_REST_USERNAME", "RESTIC_REST_PASSWORD", "restic_rest_x", "RESTIC_PASSWORD_FILE"];
        foreach (var name in set)
        {
            Environment.SetEnvironmentVariable(name, "mine");
        }

        try
        {
            using var stopping = new UserStop();
            var tool = new ProcessTool(["sh", "-c", "env >\"$1\"; echo \"$0 $*\" >>\"$1\"; exit 7", "arguments", file], stopping, TimeProvider.System);
            Assert.Equal(7, await tool.RunAsync("rest:http://headgate:secret@127.0.0.1:1/pc1/", default));

            var lines = await File.ReadAllLinesAsync(file);
            var seen = lines.Where(line => line.StartsWith("RESTIC_", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal);
            Assert.Equal(["RESTIC_PASSWORD_FILE=mine", "RESTIC_REPOSITORY=rest:http://headgate:secret@127.0.0.1:1/pc1/"], seen);
            Assert.Equal($"arguments {file}", lines[^1]);
        }
        finally
        {
            foreach (var name in set)
            {
                Environment.SetEnvironmentVariable(name, null);
            }

            File.Delete(file);
        }
    }

    [Fact]
    public void Prepare_WhenNamesDifferInCase_LeavesOneRepository()
    {
        var environment = new Dictionary<string, string?> { ["Restic_Repository"] = "a", ["restic_repository_file"] = "b", ["PATH"] = "c" };
        ToolEnvironment.Prepare(environment, "url");
        Assert.Equal(new Dictionary<string, string?> { ["PATH"] = "c", ["RESTIC_REPOSITORY"] = "url" }, environment);
    }
}
