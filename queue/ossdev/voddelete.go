package ossdev

// deleteVideo removes videos with their objects; those that are not known are told, and a failure if all are unknown.
func (x *exchange) deleteVideo() (*answer, error) {
	ids, find := splitTags(x.param("VideoIds")), x.medias.find
	if len(ids) == 0 {
		ids, find = splitTags(x.param("ReferenceIds")), x.medias.findReference
	}
	unknown, err := x.deleteAll("VideoIds", "video", ids, find)
	if err != nil {
		return nil, err
	}
	if len(unknown) == len(ids) {
		return nil, refusal("InvalidVideo.NotFound")
	}
	return &answer{json: struct {
		RequestID        string   `json:"RequestId"`
		NonExistVideoIDs []string `json:"NonExistVideoIds"`
	}{x.id, append([]string{}, unknown...)}}, nil
}

// deleteImage removes images by their ids; the other ways of naming them are not there.
func (x *exchange) deleteImage() (*answer, error) {
	switch x.param("DeleteImageType") {
	case "":
		return nil, missing("DeleteImageType")
	case "ImageId":
	default:
		return nil, notValid("DeleteImageType").say("The development endpoint removes images by ImageId only.")
	}
	unknown, err := x.deleteAll("ImageIds", "image", splitTags(x.param("ImageIds")), x.medias.find)
	if err != nil {
		return nil, err
	}
	return &answer{json: struct {
		RequestID        string   `json:"RequestId"`
		NonExistImageIDs []string `json:"NonExistImageIds"`
	}{x.id, append([]string{}, unknown...)}}, nil
}

func (x *exchange) deleteAttachedMedia() (*answer, error) {
	unknown, err := x.deleteAll("MediaIds", "attached", splitTags(x.param("MediaIds")), x.medias.find)
	if err != nil {
		return nil, err
	}
	return &answer{json: struct {
		RequestID        string   `json:"RequestId"`
		NonExistMediaIDs []string `json:"NonExistMediaIds"`
	}{x.id, append([]string{}, unknown...)}}, nil
}

// deleteAll removes media of one type, and returns the names of those that are not there.
func (x *exchange) deleteAll(parameter, kind string, ids []string, find func(string) (Media, bool)) (unknown []string,
	err error) {
	switch {
	case len(ids) == 0:
		return nil, missing(parameter)
	case len(ids) > maxVideoIDs:
		return nil, refusal("VideoIdsExceededMax")
	}
	for _, id := range ids {
		m, ok := find(id)
		if !ok || m.Type != kind {
			unknown = append(unknown, id)
			continue
		}
		x.ended.MediaID, x.ended.Bucket, x.ended.Key = m.ID, m.Bucket, m.Key
		if err := x.RemoveMedia(m.ID); err != nil {
			return nil, err
		}
	}
	return unknown, nil
}
