namespace Headgate.EndToEnd.Tests.Packages;

[CollectionDefinition(Name)]
public sealed class ArchivesCollection : ICollectionFixture<Archives>
{
    public const string Name = "archives";
}
